using System.Text.Json.Serialization;

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

    /// <summary>The last moment at which an execution ran, as far as its holder has reported; null if none has. Never goes back.</summary>
    [Id(4)]
    public DateTimeOffset? LastActivityAt { get; init; }

    /// <summary>Executions that returned.</summary>
    [Id(5)]
    public long Succeeded { get; init; }

    /// <summary>Executions that threw.</summary>
    [Id(6)]
    public long Failed { get; init; }

    /// <summary>Executions that were cancelled and heeded it.</summary>
    [Id(7)]
    public long Cancelled { get; init; }

    /// <summary>Executions whose end nobody reported: their holder is gone, or they did not heed their cancellation.</summary>
    [Id(8)]
    public long Abandoned { get; init; }

    /// <summary>When the first execution was admitted.</summary>
    [Id(9)]
    public DateTimeOffset? FirstActivityAt { get; init; }

    /// <summary>How long executions took, where the session monitors performance.</summary>
    [Id(10)]
    public LatencyHistogram? Latencies { get; init; }

    /// <summary>Executions that should have been logged and were not, because too many ended between two reports.</summary>
    [Id(11)]
    public long LogDropped { get; init; }

    /// <summary>
    /// Executions that were leased to a holder that is gone, and of which nobody knows whether they began. Not among
    /// <see cref="Executions"/>, but they use up the quota, because they may have run. A holder that comes back corrects it.
    /// </summary>
    [Id(12)]
    public long Forfeited { get; init; }

    /// <summary>Compute time of the same kind: leased to a holder that is gone, and not known to be used.</summary>
    [Id(13)]
    public TimeSpan ForfeitedComputeTime { get; init; }

    /// <summary>What counts against the quota of executions.</summary>
    [JsonIgnore]
    public long ChargedExecutions => Executions + Forfeited;

    /// <summary>What counts against the quota of compute time.</summary>
    [JsonIgnore]
    public TimeSpan ChargedComputeTime => ComputeTime + ForfeitedComputeTime;
}
