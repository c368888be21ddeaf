namespace Sessions.Grains.Hosting;

/// <summary>Says whether calls of grains of ours may be served now.</summary>
internal interface ICallGate
{
    /// <summary>Asked by every call, so it costs next to nothing.</summary>
    bool MayServe { get; }

    /// <summary>Waits until they may.</summary>
    /// <exception cref="SessionException">Unavailable: they may not, or that could not be found out.</exception>
    Task EnsureMemberAsync();
}
