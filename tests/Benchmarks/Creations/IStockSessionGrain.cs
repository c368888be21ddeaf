namespace Sessions.Benchmarks.Creations;

/// <summary>A session as a grain keeps it that does nothing of its own: Orleans's ADO.NET storage, one write per command, no events.</summary>
[Alias("benchmarks.IStockSessionGrain")]
public interface IStockSessionGrain : IGrainWithStringKey
{
    /// <inheritdoc cref="ISessionGrain.Create"/>
    [Alias("Create")]
    ValueTask<SessionReply> Create(CreateSession command);

    /// <inheritdoc cref="ISessionGrain.Activate"/>
    [Alias("Activate")]
    ValueTask<SessionReply> Activate(ActivateSession command);
}
