namespace Sessions.Client;

/// <summary>For <see cref="SessionHandle.ActivateAsync"/>. Everything has a default.</summary>
public sealed record ActivateSessionOptions : SessionCommandOptions
{
    /// <summary>
    /// How long to wait for a place where the namespace has as many live sessions as it may have, 1 s to 1 h; cut to what the policy
    /// permits. Whoever waits does so in turn: between creators, and of one creator by who came first. Default: null, not to wait but to be
    /// refused with <see cref="PolicyViolationException"/>.
    /// </summary>
    public TimeSpan? WaitForPlace { get; init; }

    /// <summary>Told of the place in the line, every few seconds while it waits. Default: null, nobody.</summary>
    public IProgress<QueuePlace>? Progress { get; init; }

    /// <summary>
    /// Whether to close the session when it could not be activated, or when the wait was cancelled; for who has just created it under an id
    /// that nobody else knows, so that nothing is left of it. The error says whether it was closed. Default: false, it stays as it is, and
    /// can be activated later.
    /// </summary>
    public bool CloseIfNotActivated { get; init; }
}
