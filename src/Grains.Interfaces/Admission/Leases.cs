using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Sessions;

/// <summary>
/// What a holder has made of a lease, in totals since the lease began, so that a report which is lost or comes late loses nothing.
/// The highest <see cref="Sequence"/> is the truth; one that comes after a later one says nothing new.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.LeaseReport")]
public sealed record LeaseReport
{
    /// <summary>Which lease.</summary>
    [Id(0)]
    public LeaseId Lease { get; init; }

    /// <summary>Whose.</summary>
    [Id(1)]
    public HolderId Holder { get; init; }

    /// <summary>Counts the holder's messages under the lease from 1.</summary>
    [Id(2)]
    public long Sequence { get; init; }

    /// <summary>Executions admitted.</summary>
    [Id(3)]
    public long Admitted { get; init; }

    /// <summary>Executions that have not ended.</summary>
    [Id(4)]
    public int Running { get; init; }

    /// <summary>Executions that ended, by outcome.</summary>
    [Id(5)]
    public long Succeeded { get; init; }

    /// <inheritdoc cref="Succeeded"/>
    [Id(6)]
    public long Failed { get; init; }

    /// <inheritdoc cref="Succeeded"/>
    [Id(7)]
    public long Cancelled { get; init; }

    /// <inheritdoc cref="Succeeded"/>
    [Id(8)]
    public long Abandoned { get; init; }

    /// <summary>Sum of the durations of those that ended.</summary>
    [Id(9)]
    public TimeSpan ComputeTime { get; init; }

    /// <summary>How long ago the first one was admitted; null if none was.</summary>
    [Id(10)]
    public TimeSpan? SinceFirst { get; init; }

    /// <summary>How long ago the last one was admitted; null if none was.</summary>
    [Id(11)]
    public TimeSpan? SinceLast { get; init; }

    /// <summary>
    /// What the holder keeps of what it was granted; it will never use more under grants up to this report. What it was granted and
    /// does not keep is given back.
    /// </summary>
    [Id(12)]
    public LeaseBlocks Kept { get; init; }

    /// <summary>Durations of those that ended, where the session monitors performance.</summary>
    [Id(13)]
    public LatencyHistogram? Latencies { get; init; }

    /// <summary>Executions that ended and that no answer has acknowledged yet, where the session logs executions. At most 1,000.</summary>
    [Id(14)]
    public ImmutableArray<ExecutionRecord> Log { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>How many executions stood in the log of the lease before the first of <see cref="Log"/>, those dropped included.</summary>
    [Id(15)]
    public long LogStart { get; init; }

    /// <summary>
    /// The highest <see cref="LeaseReply.Epoch"/> that the holder has heard. From then on it takes no answer of an earlier one, so that an
    /// activation which has taken over knows that this report is the last word upon all that others granted.
    /// </summary>
    [Id(16)]
    public long Epoch { get; init; }

    /// <summary>
    /// How many of <see cref="Cancelled"/> never began, because the lease ended at the moment of their admission. They do not count as
    /// executions. A session of an earlier release takes them for cancelled executions.
    /// </summary>
    [Id(17)]
    public long Withdrawn { get; init; }

    /// <summary>How long ago the last one ended; null if none has, or the holder is of a release that does not tell.</summary>
    [Id(18)]
    public TimeSpan? SinceLastEnd { get; init; }
}

/// <summary>Blocks of the quotas. Counts that are used up are totals since the lease began; the others are what is held at one moment.</summary>
/// <param name="Executions">Executions, in total.</param>
/// <param name="Concurrent">Executions at one moment; null where the session does not limit them.</param>
/// <param name="PerSecond">Executions started in any one second; null where the session does not limit them.</param>
/// <param name="ComputeTime">Compute time, in total; null where the session does not limit it.</param>
[GenerateSerializer, Immutable, Alias("sessions.LeaseBlocks")]
public readonly record struct LeaseBlocks(
    [property: Id(0)] long Executions,
    [property: Id(1)] int? Concurrent,
    [property: Id(2)] int? PerSecond,
    [property: Id(3)] TimeSpan? ComputeTime);

/// <summary>Takes, renews or enlarges a lease, and reports upon it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.LeaseRequest")]
public sealed record LeaseRequest
{
    /// <summary>What was made of the lease so far. Its first message begins it.</summary>
    [Id(0)]
    public LeaseReport Report { get; init; } = new();

    /// <summary>
    /// What the holder would like to have beyond what it has used and runs: executions and compute time still to come, executions
    /// at one moment and per second. All zero to renew only.
    /// </summary>
    [Id(1)]
    public LeaseDemand Demand { get; init; }

    /// <summary>Where the session calls to have the lease back.</summary>
    [Id(2)]
    public ILeaseHolder? Holder { get; init; }

    /// <summary>The highest version of the session that the caller has seen; the answer is never older.</summary>
    [Id(3)]
    public long SeenVersion { get; init; }
}

/// <summary>How much a holder would like to have.</summary>
/// <param name="Executions">Executions still to come.</param>
/// <param name="Concurrent">Executions at one moment, the running ones included.</param>
/// <param name="PerSecond">Executions started in one second.</param>
/// <param name="ComputeTime">Compute time still to come.</param>
/// <param name="Waiting">Of the executions, those that begin as soon as they are granted; 0 where the holder does not say.</param>
[GenerateSerializer, Immutable, Alias("sessions.LeaseDemand")]
public readonly record struct LeaseDemand(
    [property: Id(0)] long Executions,
    [property: Id(1)] int Concurrent,
    [property: Id(2)] int PerSecond,
    [property: Id(3)] TimeSpan ComputeTime,
    [property: Id(4)] int Waiting = 0);

/// <summary>The answer to a <see cref="LeaseRequest"/>.</summary>
[GenerateSerializer, Immutable, Alias("sessions.LeaseReply")]
public sealed record LeaseReply
{
    /// <summary>
    /// The terms from now on; null when refused. A holder whose request is refused admits nothing more, unless the code is Unavailable: that
    /// is no word upon the lease, which ends when it would have ended.
    /// </summary>
    [Id(0)]
    public LeaseTerms? Terms { get; init; }

    /// <summary>Why there is no lease.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }

    /// <summary>How many entries of the lease's log are safe with the session; see <see cref="LeaseReport.LogStart"/>.</summary>
    [Id(2)]
    public long LogTaken { get; init; }

    /// <summary>
    /// How long executions that still run keep their places, counted from before the request was sent; zero when the session
    /// does not know the lease.
    /// </summary>
    [Id(3)]
    public TimeSpan RunningFor { get; init; }

    /// <summary>
    /// The <see cref="LeaseReport.Sequence"/> of the newest report that the answer goes by. A report travels with a request or with the
    /// answer to a recall, so that one may overtake the other: a holder that has given something back since this report does not take
    /// the blocks of the answer, only its time. 0 from sessions that do not say: then the request's own.
    /// </summary>
    [Id(4)]
    public long Basis { get; init; }

    /// <summary>Which activation answers, by its <see cref="LeaseTerms.Epoch"/>; 0 while it has none, and from sessions that do not say.</summary>
    [Id(5)]
    public long Epoch { get; init; }
}

/// <summary>What a holder may do for a while without asking.</summary>
[GenerateSerializer, Immutable, Alias("sessions.LeaseTerms")]
public sealed record LeaseTerms
{
    /// <summary>How long they hold, counted by the holder from before it asked.</summary>
    [Id(0)]
    public TimeSpan Duration { get; init; }

    /// <summary>How much time the session has left, counted likewise; null where its end is open.</summary>
    [Id(1)]
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>The session's version.</summary>
    [Id(2)]
    public long Version { get; init; }

    /// <summary>Grows with every activation of the session that grants: a fencing token for whatever executions touch.</summary>
    [Id(3)]
    public long Epoch { get; init; }

    /// <summary>What executions may do.</summary>
    [Id(4)]
    public SessionPermissions Permissions { get; init; }

    /// <summary>What the namespace lets executions do.</summary>
    [Id(5)]
    public SessionPermissions PolicyPermissions { get; init; }

    /// <inheritdoc cref="SessionConfiguration.FunctionPatterns"/>
    [Id(6)]
    public ImmutableArray<string> FunctionPatterns { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>What the holder has, totals and moments as in <see cref="LeaseBlocks"/>.</summary>
    [Id(7)]
    public LeaseBlocks Granted { get; init; }

    /// <summary>What the session has left beside what is granted, to anybody.</summary>
    [Id(8)]
    public QuotaMargins Left { get; init; }

    /// <summary>
    /// Why less than one more could be granted of the first dimension that ran out, where one did. The code is Unavailable where the limit may not
    /// be reached, because others who hold some of it do not answer: it is known when they do, or when their leases are over.
    /// </summary>
    [Id(9)]
    public SessionError? Shortage { get; init; }

    /// <summary>Whether executions are to be logged.</summary>
    [Id(10)]
    public bool ExecutionLogging { get; init; }

    /// <summary>Whether latencies are to be kept.</summary>
    [Id(11)]
    public bool PerformanceMonitoring { get; init; }

    /// <summary>The session's quotas, for refusals to name.</summary>
    [Id(12)]
    public SessionQuotas Quotas { get; init => field = value ?? SessionQuotas.Unlimited; } = SessionQuotas.Unlimited;

    /// <summary>
    /// How long executions go on running after the end of the terms while the holder looks for somebody who answers. Nothing is
    /// admitted in that time. Zero from sessions that do not know it.
    /// </summary>
    [Id(13)]
    public TimeSpan RunGrace { get; init; }

    /// <summary>
    /// When the session's time is up, for refusals to name; null where its end is open, and from a session of a release that does not tell.
    /// Admissions go by <see cref="TimeLeft"/>, which needs no synchronized clocks.
    /// </summary>
    [Id(14)]
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Why a session calls a lease back.</summary>
[GenerateSerializer, Alias("sessions.RecallReason")]
public enum RecallReason : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>Others starve: give back what lies idle, keep the rest.</summary>
    Idle = 1,

    /// <summary>The terms get narrower: admit nothing more until new ones are granted. What runs goes on.</summary>
    Narrowed = 2,

    /// <summary>The session stops: admit nothing more, and cancel what runs.</summary>
    Stopped = 3,
}

/// <summary>How much of what lies idle with a holder a session wants back.</summary>
[GenerateSerializer, Alias("sessions.IdleShare")]
public enum IdleShare : byte
{
    /// <summary>Not a value. A session of an earlier release does not say, and means <see cref="Half"/>.</summary>
    Invalid = 0,

    /// <summary>All of it where the lease was not used lately, else half: others may need some soon.</summary>
    Half = 1,

    /// <summary>All of it: somebody is refused otherwise.</summary>
    All = 2,

    /// <summary>Nothing, only a report: somebody asks what is free.</summary>
    Nothing = 3,
}

/// <summary>A session's call to a holder.</summary>
/// <param name="SessionId">Which session.</param>
/// <param name="Lease">Which lease.</param>
/// <param name="Reason">Why.</param>
/// <param name="Version">
/// The session's version when it called: a recall that comes after terms of a later version is of the past, and only answered. 0 where the session does not say.
/// </param>
/// <param name="Wanted">How much of what lies idle is wanted, where the reason is <see cref="RecallReason.Idle"/>.</param>
/// <param name="Terms">
/// What was granted last, where nothing shows that the holder has heard it. The answer that says so may still be on its way: without this, the
/// holder would give back what it does not know of, and those who wait for it would ask in vain again and again.
/// </param>
/// <param name="Basis">The <see cref="LeaseReport.Sequence"/> of the request that was answered by them.</param>
[GenerateSerializer, Immutable, Alias("sessions.LeaseRecall")]
public sealed record LeaseRecall(
    [property: Id(0)] SessionId SessionId,
    [property: Id(1)] LeaseId Lease,
    [property: Id(2)] RecallReason Reason,
    [property: Id(3)] long Version = 0,
    [property: Id(4)] IdleShare Wanted = IdleShare.Half,
    [property: Id(5)] LeaseTerms? Terms = null,
    [property: Id(6)] long Basis = 0);

/// <summary>Where a session reaches a holder of leases.</summary>
[Alias("sessions.ILeaseHolder")]
public interface ILeaseHolder : IGrainObserver
{
    /// <summary>
    /// Obeys, and then answers with a report: after it nothing is admitted that the report does not count. Null if the holder has
    /// no such lease, and so never will use it.
    /// </summary>
    [Alias("Recall")]
    ValueTask<LeaseReport?> Recall(LeaseRecall recall);

    /// <summary>Tells a holder that has a lease of the session what became of it. Told once, and not again when it is lost.</summary>
    [Alias("Changed"), OneWay]
    ValueTask Changed(SessionSnapshot snapshot);
}
