namespace Sessions.Client;

/// <summary>How a client has its executions admitted.</summary>
public enum AdmissionMode
{
    /// <summary>Within a lease that the client holds: without a call, mostly.</summary>
    Leased = 0,

    /// <summary>By one call to the session before each execution, and one after it.</summary>
    Strict = 1,
}

/// <summary>For <see cref="SessionHandle.ExecuteAsync(FunctionName, Func{SessionContext, ValueTask}, ExecuteOptions?, CancellationToken)"/>. Everything has a default.</summary>
public sealed record ExecuteOptions
{
    /// <summary>
    /// Whether this execution is admitted and settled by calls of its own. Default: as <see cref="SessionsClientOptions.Admission"/>
    /// says, or for a nested execution as the one around it.
    /// </summary>
    public bool? Strict { get; init; }

    /// <summary>What the session must permit beside ExecuteFunctions. Default: nothing.</summary>
    public SessionPermissions Permissions { get; init; }

    /// <summary>
    /// Strict only: how long the session waits for a sign of this execution before it counts as abandoned; the client asks for more
    /// from half of it on. 100 ms to 1 h. Default: the length of a lease.
    /// </summary>
    public TimeSpan? RunFor { get; init; }
}
