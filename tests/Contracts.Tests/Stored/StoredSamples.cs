using Sessions.Contracts.Tests.Support;
using Sessions.Core;
using Sessions.Core.Operations;
using Sessions.Core.Search;
using Sessions.Core.Stored;
using Sessions.Grains.Events;
using Sessions.Grains.Templates;

namespace Sessions.Contracts.Tests.Stored;

internal static class StoredSamples
{
    public static readonly SessionRecord Record = new()
    {
        Id = Samples.Id,
        Namespace = Samples.Namespace,
        Creator = Samples.Alice,
        Status = SessionStatus.Paused,
        Version = 12,
        LastSequence = 9,
        Template = Samples.Template,
        TemplateCeiling = Samples.Ceiling,
        Provisioner = "sandbox",
        Configuration = Samples.Configuration,
        SpecificationHash = 1234567890123456789,
        Usage = Samples.Usage,
        RequestedAt = Samples.At,
        CreatedAt = Samples.At.AddSeconds(1),
        ActivatedAt = Samples.At.AddSeconds(2),
        RunningSince = Samples.At.AddSeconds(3),
        PausedAt = Samples.At.AddSeconds(4),
        ClockStoppedFor = TimeSpan.FromSeconds(90),
        ExpiresAt = Samples.At.AddHours(2).AddTicks(1),
        Deadline = Samples.At.AddMinutes(5),
        ChangedAt = Samples.At.AddSeconds(5),
        EndedAt = Samples.At.AddHours(1),
        EndReason = EndReason.Idle,
        Failure = "no space",
        LastChange = Samples.Cause,
        Answers = [new RecordedAnswer(Samples.CommandId, -1234567890123456789, 12, SessionVerb.Pause)],
        Grant = new GrantMark
        {
            Epoch = 11,
            Executions = 17,
            ComputeTime = TimeSpan.FromSeconds(28),
            Leases =
            [
                new LeaseShare
                {
                    Lease = Samples.Lease,
                    Holder = Samples.Holder,
                    Admitted = 9,
                    Succeeded = 3,
                    Failed = 2,
                    Cancelled = 1,
                    Abandoned = 1,
                    ComputeTime = TimeSpan.FromSeconds(8),
                    LogTaken = 7,
                    Latencies = Samples.Latencies,
                    Withdrawn = 1,
                },
            ],
            Singles = [new SingleShare(Samples.ExecutionId, Samples.Holder, Samples.At)],
            HasSingles = true,
            Unclaimed = 4,
            UnclaimedComputeTime = TimeSpan.FromSeconds(6),
            IsReleased = true,
            IsListed = true,
        },
        LastExecution = 4,
        Bounds = new PolicyBounds { Revision = 21, Ceiling = Samples.Ceiling },
        Parent = new ParentLink
        {
            Id = Samples.Peer,
            Depth = 2,
            Ceiling = Samples.Ceiling,
            Settled = true,
            Opening = 5,
            FunctionPatterns = ["math.*"],
        },
        Children =
        [
            new ChildShare
            {
                Id = Samples.Peer,
                Quotas = Samples.Quotas,
                OpenedAt = Samples.At,
                Opening = 6,
                SpecificationHash = -1234567890123456789,
                Plan = new ChildPlan
                {
                    Cause = Samples.Cause,
                    Specification = Samples.Specification,
                    Parent = new ParentLink { Id = Samples.Id, Depth = 3, Ceiling = Samples.Ceiling, Settled = true, Opening = 6, FunctionPatterns = ["math.*"] },
                },
            },
        ],
        HasData = true,
        Accesses = [new LoggedAccess(Samples.Peer, DataOperations.Write, true, Samples.At)],
        Spent = Samples.Usage,
        DataRetention = TimeSpan.FromHours(1),
        NoticedEnd = Samples.At.AddHours(2),
        Retention = TimeSpan.FromDays(7),
        History = new AnswerHistory
        {
            Newest = Samples.At.AddSeconds(6),
            Ahead = Samples.At.AddDays(30),
            Sealed = 11,
            SealedUntil = Samples.At.AddMinutes(5),
            SealedNewest = Samples.At.AddSeconds(5),
            Expired = 8,
            ExpiredNewest = Samples.At.AddSeconds(4),
            Kept = 9,
            Forgotten = Samples.At.AddSeconds(3),
        },
    };

    /// <summary>As little as a record ever has.</summary>
    public static readonly SessionRecord Sparse = new()
    {
        Id = Samples.Id,
        Namespace = Samples.Namespace,
        Creator = Samples.Alice,
        Status = SessionStatus.Requested,
        Version = 1,
        LastSequence = 1,
        RequestedAt = Samples.At,
        ChangedAt = Samples.At,
        LastChange = new SessionCause(Principal.System, null, null),
    };

    /// <summary><see cref="Record"/> as release 0.1 wrote it, whose mark lists no leases.</summary>
    public static readonly SessionRecord RecordOfRelease01 = Record with
    {
        Usage = EarlierSamples.UsageOfRelease01,
        Spent = EarlierSamples.UsageOfRelease01,
        History = null,
        Grant = new GrantMark { Epoch = 11, Executions = 17, ComputeTime = TimeSpan.FromSeconds(28) },
    };

    /// <summary><see cref="Record"/> as the version wrote it that neither gave notice nor deleted what had ended.</summary>
    public static readonly SessionRecord KeptRecord = RecordOfRelease01 with
    {
        Configuration = Record.Configuration with { Settings = Samples.Settings with { ExpiryNotice = null } },
        Children = [.. Record.Children.Select(WithoutNotice)],
        NoticedEnd = null,
        Retention = null,
        History = null,
    };

    /// <summary><see cref="Record"/> as the version wrote it that knew neither policies nor data nor children.</summary>
    public static readonly SessionRecord LonelyRecord = RecordOfRelease01 with
    {
        Configuration = EarlierSamples.Configuration,
        Bounds = null,
        Parent = null,
        Children = [],
        HasData = false,
        Accesses = [],
        Spent = null,
        DataRetention = null,
        NoticedEnd = null,
        Retention = null,
        History = null,
    };

    /// <summary><see cref="Record"/> as the version wrote it that could not execute.</summary>
    public static readonly SessionRecord EarlierRecord =
        LonelyRecord with { Usage = EarlierSamples.Usage, Grant = null, LastExecution = 0 };

    public static readonly SessionEventBody EarlierBody = SessionEventBody.Of(EarlierSamples.Event with { Usage = EarlierSamples.Usage });

    public static readonly SessionEventBody LonelyBody = SessionEventBody.Of(EarlierSamples.Event);

    public static readonly SettingAnswers Answers = new()
    {
        Answers = [new SettingAnswer(Samples.CommandId, -5, 1, Samples.At)],
        Forgotten = Samples.At.AddMinutes(-1),
    };

    public static readonly TemplateState Template = new() { Versions = [Samples.FullTemplate], Answers = Answers };

    public static readonly SubscriptionState Subscription = new() { Subscription = Samples.Subscription };

    public static readonly TemplateCatalogState Catalog = new() { Names = ["notebook", "sandbox"] };

    public static readonly SessionEventBody Body = SessionEventBody.Of(Samples.Event);

    public static readonly OperationRecord Operation = new()
    {
        Shown = Samples.Operation with { Obstacle = null },
        RequestHash = 1234567890123456789,
        Counted = true,
        Batch = [new(Samples.Id), new(Samples.Peer, Samples.At.AddMinutes(3)) { TakenAt = Samples.At.AddMinutes(2) }],
        After = new SearchPosition(Samples.At, Samples.Peer),
        AllFound = true,
    };

    private static ChildShare WithoutNotice(ChildShare child) => child.Plan is not { } plan ? child : child with
    {
        Plan = plan with
        {
            Specification = plan.Specification with { Overrides = plan.Specification.Overrides with { ExpiryNotice = null } },
        },
    };
}
