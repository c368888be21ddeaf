using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Sessions.Core;

/// <summary>All that is stored of a session. What can be derived from it is not in it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionRecord")]
internal sealed record SessionRecord
{
    /// <summary>Which session.</summary>
    [Id(0)]
    public SessionId Id { get; init; }

    /// <summary>Where it lives.</summary>
    [Id(1)]
    public SessionNamespace Namespace { get; init; }

    /// <summary>Whose it is.</summary>
    [Id(2)]
    public Principal Creator { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(3)]
    public SessionStatus Status { get; init; }

    /// <summary>Counts the commits from 1.</summary>
    [Id(4)]
    public long Version { get; init; }

    /// <summary>The sequence of its newest event.</summary>
    [Id(5)]
    public long LastSequence { get; init; }

    /// <summary>The template with its version.</summary>
    [Id(6)]
    public TemplateReference? Template { get; init; }

    /// <summary>The template's ceiling, which renewals keep to; template versions never change, so a copy is the truth.</summary>
    [Id(7)]
    public SessionCeiling? TemplateCeiling { get; init; }

    /// <summary>Who provisions; null for nobody.</summary>
    [Id(8)]
    public string? Provisioner { get; init; }

    /// <summary>What was decided when it was made, and adjusted since.</summary>
    [Id(9)]
    public SessionConfiguration Configuration { get; init => field = value ?? SessionConfiguration.Default; } = SessionConfiguration.Default;

    /// <summary>The hash of the specification it was made from, by which a repeated creation is known.</summary>
    [Id(10)]
    public long SpecificationHash { get; init; }

    /// <summary>What it has used.</summary>
    [Id(11)]
    public SessionUsage Usage { get; init => field = value ?? SessionUsage.None; } = SessionUsage.None;

    /// <summary>When it was requested or created, whichever came first.</summary>
    [Id(12)]
    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>When its creation was accepted.</summary>
    [Id(13)]
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it first became active.</summary>
    [Id(14)]
    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>When it last became active, by activation or resumption; idle time counts from here.</summary>
    [Id(15)]
    public DateTimeOffset? RunningSince { get; init; }

    /// <summary>When it was paused, while it is.</summary>
    [Id(16)]
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>How long its clock has stood still in pauses that are over.</summary>
    [Id(17)]
    public TimeSpan ClockStoppedFor { get; init; }

    /// <summary>When its duration is over, were its clock to run from now on; see <see cref="SessionClock"/>.</summary>
    [Id(18)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When a reservation or transitional state ends by itself.</summary>
    [Id(19)]
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>When the last change was committed.</summary>
    [Id(20)]
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>When it reached a final state.</summary>
    [Id(21)]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ended or is ending.</summary>
    [Id(22)]
    public EndReason? EndReason { get; init; }

    /// <summary>What went wrong, in the provisioner's words.</summary>
    [Id(23)]
    public string? Failure { get; init; }

    /// <summary>Who made the last change, and why.</summary>
    [Id(24)]
    public SessionCause? LastChange { get; init; }

    /// <summary>The answers to the last commands, oldest first.</summary>
    [Id(25)]
    public ImmutableArray<RecordedAnswer> Answers { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Who may grant executions, and what it has debited; null while nothing is leased out and nothing runs.</summary>
    [Id(26)]
    public GrantMark? Grant { get; init; }

    /// <summary>The sequence of its newest logged execution.</summary>
    [Id(27)]
    public long LastExecution { get; init; }

    /// <summary>What the namespaces' policies bound the session to, as they were last applied; null where none says anything.</summary>
    [Id(28)]
    public PolicyBounds? Bounds { get; init; }

    /// <summary>The session that opened this one; null for those that nobody did.</summary>
    [Id(29)]
    public ParentLink? Parent { get; init; }

    /// <summary>Its open children, each with what was moved to it.</summary>
    [Id(30)]
    public ImmutableArray<ChildShare> Children { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Whether it may have data, to be dropped when retention is over. Committed before the first value is put.</summary>
    [Id(31)]
    public bool HasData { get; init; }

    /// <summary>The accesses across sessions that were logged in the last hour, newest last.</summary>
    [Id(32)]
    public ImmutableArray<LoggedAccess> Accesses { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>What children that have ended used; belongs to the session's usage, and is not the ledger's. Null where there were none.</summary>
    [Id(33)]
    public SessionUsage? Spent { get; init; }

    /// <summary>How long its data is kept after its end, as it was promised when it got some; null until then.</summary>
    [Id(34)]
    public TimeSpan? DataRetention { get; init; }

    /// <summary>The end that notice was given of, so that it is given once; null while none was.</summary>
    [Id(35)]
    public DateTimeOffset? NoticedEnd { get; init; }

    /// <summary>How long after its end somebody is to look whether it has been kept for long enough; null until it ends, and where all are kept for ever.</summary>
    [Id(36)]
    public TimeSpan? Retention { get; init; }

    /// <summary>What is known of answers that <see cref="Answers"/> does not hold any more; null while nothing is.</summary>
    [Id(37)]
    public AnswerHistory? History { get; init; }
}

/// <summary>What policies bound a session to. In the record, so that every change of it is fenced and logged like any other.</summary>
[GenerateSerializer, Immutable, Alias("sessions.PolicyBounds")]
internal sealed record PolicyBounds
{
    /// <summary>The <see cref="EffectivePolicy.Revision"/> that was applied.</summary>
    [Id(0)]
    public long Revision { get; init; }

    /// <summary>The most that the session may have.</summary>
    [Id(1)]
    public SessionCeiling Ceiling { get; init => field = value ?? SessionCeiling.None; } = SessionCeiling.None;
}

/// <summary>Where a child comes from.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ParentLink")]
internal sealed record ParentLink
{
    /// <summary>The session that opened it.</summary>
    [Id(0)]
    public SessionId Id { get; init; }

    /// <summary>How many sessions are above it; 1 for a child of one that nobody opened.</summary>
    [Id(1)]
    public int Depth { get; init; }

    /// <summary>What the parent let it have when it was opened.</summary>
    [Id(2)]
    public SessionCeiling Ceiling { get; init => field = value ?? SessionCeiling.None; } = SessionCeiling.None;

    /// <summary>Whether the parent has taken notice of the end, and back what was left.</summary>
    [Id(3)]
    public bool Settled { get; init; }

    /// <summary>The parent's version that opened it: tells it from another that the parent opens under the same id.</summary>
    [Id(4)]
    public long Opening { get; init; }

    /// <summary>The parent's function patterns when it was opened, beyond which none may go; empty for all functions.</summary>
    [Id(5)]
    public ImmutableArray<string> FunctionPatterns { get => field.IsDefault ? [] : field; init; } = [];
}

/// <summary>An open child, as its parent knows it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ChildShare")]
internal sealed record ChildShare
{
    /// <summary>Which session.</summary>
    [Id(0)]
    public SessionId Id { get; init; }

    /// <summary>What was moved to it, of every quota that the parent limits; the others are null.</summary>
    [Id(1)]
    public SessionQuotas Quotas { get; init => field = value ?? SessionQuotas.Unlimited; } = SessionQuotas.Unlimited;

    /// <summary>When it was opened.</summary>
    [Id(2)]
    public DateTimeOffset OpenedAt { get; init; }

    /// <summary>How to create it, until it is known to be.</summary>
    [Id(3)]
    public ChildPlan? Plan { get; init; }

    /// <inheritdoc cref="ParentLink.Opening"/>
    [Id(4)]
    public long Opening { get; init; }

    /// <summary>The hash of what was asked for, by which a repeated opening is known.</summary>
    [Id(5)]
    public long SpecificationHash { get; init; }
}

/// <summary>What a child is to be made from: everything is decided, so that it can be made at any time later.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ChildPlan")]
internal sealed record ChildPlan
{
    /// <summary>Under which command the parent opened it.</summary>
    [Id(0)]
    public SessionCause Cause { get; init; } = new(Principal.System, null, null);

    /// <summary>Where, for whom and from what.</summary>
    [Id(1)]
    public SessionSpecification Specification { get; init; } = new();

    /// <summary>What it may reach at most, whatever its template and its namespace permit.</summary>
    [Id(2)]
    public ParentLink Parent { get; init; } = new();
}

/// <summary>An access across sessions that stands in the log.</summary>
/// <param name="Peer">The other session.</param>
/// <param name="Operation">What was done.</param>
/// <param name="Reached">Whether this session reached for the other's data; otherwise the other for this one's.</param>
/// <param name="At">When it was logged.</param>
[GenerateSerializer, Immutable, Alias("sessions.LoggedAccess")]
internal sealed record LoggedAccess(
    [property: Id(0)] SessionId Peer,
    [property: Id(1)] DataOperations Operation,
    [property: Id(2)] bool Reached,
    [property: Id(3)] DateTimeOffset At);

/// <summary>
/// The mark of the activation that may grant. What it has debited counts as used for everybody who finds the mark and is not that
/// activation, because it may be in the hands of holders.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.GrantMark")]
internal sealed record GrantMark
{
    /// <summary>The version at which the activation took the right to grant: no two activations have the same.</summary>
    [Id(0)]
    public long Epoch { get; init; }

    /// <summary>Executions used or debited, since the session began.</summary>
    [Id(1)]
    public long Executions { get; init; }

    /// <summary>Compute time used or debited, since the session began.</summary>
    [Id(2)]
    public TimeSpan ComputeTime { get; init; }

    /// <summary>
    /// Every lease that may be out, with what of it stands in the usage. No lease is granted before it stands here, so that the next
    /// activation knows of whom it has not heard.
    /// </summary>
    [Id(3)]
    public ImmutableArray<LeaseShare> Leases { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>The executions without a lease that ran when this was committed.</summary>
    [Id(4)]
    public ImmutableArray<SingleShare> Singles { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Whether executions without a lease may have been admitted since; none is before this is committed.</summary>
    [Id(5)]
    public bool HasSingles { get; init; }

    /// <summary>Of the forfeited executions in the usage, those that a lease above may still turn out to have begun.</summary>
    [Id(6)]
    public long Unclaimed { get; init; }

    /// <summary>Of the forfeited compute time in the usage, what a lease above may still turn out to have used.</summary>
    [Id(7)]
    public TimeSpan UnclaimedComputeTime { get; init; }

    /// <summary>Whether the activation has let go: it grants nothing any more, and what is out is no more than stands here.</summary>
    [Id(8)]
    public bool IsReleased { get; init; }

    /// <summary>Whether the activation keeps the lists above. One of release 0.1 does not: then nobody who comes back is known.</summary>
    [Id(9)]
    public bool IsListed { get; init; }
}

/// <summary>A lease that is out, and what its holder has reported of it and the usage has.</summary>
[GenerateSerializer, Immutable, Alias("sessions.LeaseShare")]
internal sealed record LeaseShare
{
    /// <summary>Which lease.</summary>
    [Id(0)]
    public LeaseId Lease { get; init; }

    /// <summary>Whose.</summary>
    [Id(1)]
    public HolderId Holder { get; init; }

    /// <inheritdoc cref="LeaseReport.Admitted"/>
    [Id(2)]
    public long Admitted { get; init; }

    /// <inheritdoc cref="LeaseReport.Succeeded"/>
    [Id(3)]
    public long Succeeded { get; init; }

    /// <inheritdoc cref="LeaseReport.Succeeded"/>
    [Id(4)]
    public long Failed { get; init; }

    /// <inheritdoc cref="LeaseReport.Succeeded"/>
    [Id(5)]
    public long Cancelled { get; init; }

    /// <inheritdoc cref="LeaseReport.Succeeded"/>
    [Id(6)]
    public long Abandoned { get; init; }

    /// <inheritdoc cref="LeaseReport.ComputeTime"/>
    [Id(7)]
    public TimeSpan ComputeTime { get; init; }

    /// <summary>How many entries of the holder's log were taken.</summary>
    [Id(8)]
    public long LogTaken { get; init; }

    /// <summary>The durations that were taken, where the session monitors performance.</summary>
    [Id(9)]
    public LatencyHistogram? Latencies { get; init; }

    /// <inheritdoc cref="LeaseReport.Withdrawn"/>
    [Id(10)]
    public long Withdrawn { get; init; }
}

/// <summary>An execution without a lease that runs, and stands in the usage.</summary>
/// <param name="Execution">Which execution.</param>
/// <param name="Holder">Who settles it.</param>
/// <param name="StartedAt">When it was admitted.</param>
[GenerateSerializer, Immutable, Alias("sessions.SingleShare")]
internal readonly record struct SingleShare(
    [property: Id(0)] ExecutionId Execution,
    [property: Id(1)] HolderId Holder,
    [property: Id(2)] DateTimeOffset StartedAt);

/// <summary>What became of one command. Refused commands change nothing and so leave none.</summary>
/// <param name="CommandId">Which command.</param>
/// <param name="ContentHash">What it said, by <see cref="ContentHash"/>.</param>
/// <param name="Version">The version that it made.</param>
/// <param name="Verb">What it did.</param>
[GenerateSerializer, Immutable, Alias("sessions.RecordedAnswer")]
[method: JsonConstructor]
internal readonly record struct RecordedAnswer(
    [property: Id(0)] CommandId CommandId,
    [property: Id(1)] long ContentHash,
    [property: Id(2)] long Version,
    [property: Id(3)] SessionVerb Verb);
