using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Sessions;

/// <summary>How far an operation over many sessions is.</summary>
[GenerateSerializer, Alias("sessions.OperationStatus")]
public enum OperationStatus : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>It goes from session to session.</summary>
    Running = 1,

    /// <summary>It was cancelled, and waits for the answers of those sessions that have its command already.</summary>
    Cancelling = 2,

    /// <summary>It has an answer from every session that it means. Final.</summary>
    Done = 3,

    /// <summary>It was cancelled; what it had done stays done. Final.</summary>
    Cancelled = 4,
}

/// <summary>An operation over many sessions as it stood at one version; it never changes.</summary>
[GenerateSerializer, Immutable, Alias("sessions.OperationSnapshot")]
public sealed record OperationSnapshot
{
    /// <summary>Which operation.</summary>
    [Id(0)]
    public OperationId Id { get; init; }

    /// <summary>Counts the commits from 1.</summary>
    [Id(1)]
    public long Version { get; init; }

    /// <summary>What every session is told: Close or Pause.</summary>
    [Id(2)]
    public SessionVerb Verb { get; init; }

    /// <summary>Which sessions: those that were asked for, less those that came later or that the verb could do nothing to.</summary>
    [Id(3)]
    public SessionQuery Query { get; init; } = SessionQuery.All;

    /// <summary>How far it is.</summary>
    [Id(4)]
    public OperationStatus Status { get; init; }

    /// <summary>Who started it, and acts in its commands.</summary>
    [Id(5)]
    public Principal Actor { get; init; }

    /// <summary>Why, in the actor's words.</summary>
    [Id(6)]
    public string? Reason { get; init; }

    /// <summary>How many sessions it meant when it began; null until they are counted, and where they are too many to be counted first.</summary>
    [Id(7)]
    public long? Total { get; init; }

    /// <summary>The sessions that did what they were told. One that has a provisioner or children may still be Closing.</summary>
    [Id(8)]
    public long Done { get; init; }

    /// <summary>The sessions to which nothing was to be done any more: others had changed or ended them in the meantime.</summary>
    [Id(9)]
    public long Skipped { get; init; }

    /// <summary>The sessions that refused, or had no answer for a minute; see <see cref="Refusals"/>.</summary>
    [Id(10)]
    public long Refused { get; init; }

    /// <summary>Why the last few sessions refused, oldest first.</summary>
    [Id(11)]
    public ImmutableArray<SessionError> Refusals { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>When it began. Sessions that were requested later are left alone.</summary>
    [Id(12)]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it got on last.</summary>
    [Id(13)]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it reached a final state. It is forgotten a week later.</summary>
    [Id(14)]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who cancelled it, and why.</summary>
    [Id(15)]
    public SessionCause? Cancellation { get; init; }

    /// <summary>What keeps it from getting on right now; null while nothing does. It goes on by itself.</summary>
    [Id(16)]
    public string? Obstacle { get; init; }

    /// <summary>The sessions from which it has an answer.</summary>
    [JsonIgnore]
    public long Answered => Done + Skipped + Refused;

    /// <summary>Whether it has ended.</summary>
    [JsonIgnore]
    public bool IsFinal => Status is OperationStatus.Done or OperationStatus.Cancelled;
}
