namespace Sessions;

/// <summary>What a session has used so far, beside its <see cref="SessionQuotas"/>.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionUsage")]
public sealed record SessionUsage
{
    /// <summary>Nothing yet.</summary>
    public static readonly SessionUsage None = new();

    /// <summary>Executions admitted.</summary>
    [Id(0)]
    public long Executions { get; init; }

    /// <summary>Sum of the durations of all executions.</summary>
    [Id(1)]
    public TimeSpan ComputeTime { get; init; }

    /// <summary>Bytes of session data.</summary>
    [Id(2)]
    public long DataBytes { get; init; }

    /// <summary>Open child sessions.</summary>
    [Id(3)]
    public long Children { get; init; }

    /// <summary>When the last execution was admitted.</summary>
    [Id(4)]
    public DateTimeOffset? LastActivityAt { get; init; }
}
