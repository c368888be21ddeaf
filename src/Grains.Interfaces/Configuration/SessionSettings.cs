namespace Sessions;

/// <summary>Whether a paused session's wall clock goes on.</summary>
[GenerateSerializer, Alias("sessions.PauseClock")]
public enum PauseClock : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>Paused time counts: the session ends when it would have ended.</summary>
    Runs = 1,

    /// <summary>Paused time does not count: resuming moves the end by the length of the pause.</summary>
    Stops = 2,
}

/// <summary>How a session behaves.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionSettings")]
public sealed record SessionSettings
{
    /// <summary>The defaults.</summary>
    public static readonly SessionSettings Default = new();

    /// <summary>Whether the session closes by itself when its time is up. Otherwise it refuses executions and waits to be closed.</summary>
    [Id(0)]
    public bool AutoExpire { get; init; } = true;

    /// <summary>Whether each execution leaves a record.</summary>
    [Id(1)]
    public bool ExecutionLogging { get; init; }

    /// <summary>Whether executions' latencies are kept as a histogram.</summary>
    [Id(2)]
    public bool PerformanceMonitoring { get; init; }

    /// <summary>Whether paused time counts.</summary>
    [Id(3)]
    public PauseClock PauseClock { get; init; } = PauseClock.Runs;

    /// <summary>
    /// How long an active session may go without a running execution before its time is up; null for ever. 1 s to 365 days. What runs in a
    /// child counts for the child only.
    /// </summary>
    [Id(4)]
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>
    /// How long ahead of the end of its duration notice is given of it; null for a tenth of the session's life and at most 5 min. 0 to
    /// 365 days; less than 1 s gives none.
    /// </summary>
    [Id(5)]
    public TimeSpan? ExpiryNotice { get; init; }
}
