using System.Collections.Immutable;
using System.Reflection;
using Sessions.Core;

namespace Sessions.Contracts.Tests.Support;

/// <summary>
/// One value of every type, with nothing left empty. They never change, because their bytes are pinned; where a type got a new member,
/// they got it too, and their bytes of before stand in Golden/earlier.
/// </summary>
internal static class Samples
{
    public static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    public static readonly SessionId Id = SessionId.Parse("s-0123456789abcdefghjkmnpqrs");
    public static readonly CommandId CommandId = CommandId.Parse("00112233-4455-6677-8899-aabbccddeeff");
    public static readonly Principal Alice = Principal.Parse("alice");
    public static readonly SessionNamespace Namespace = SessionNamespace.Parse("acme/prod/eval");
    public static readonly TemplateReference Template = TemplateReference.Parse("notebook@3");
    public static readonly SessionAddress Address = SessionAddress.Derive(Alice, Id);

    public static readonly ImmutableSortedDictionary<string, string> Labels =
        ImmutableSortedDictionary<string, string>.Empty.Add("team", "größe 😀").Add("a", "1");

    public static readonly SessionQuotas Quotas = new()
    {
        Executions = 100,
        Concurrent = 4,
        PerSecond = 9,
        ComputeTime = TimeSpan.FromMinutes(5),
        DataBytes = 1 << 20,
        Children = 2,
    };

    public static readonly LatencyHistogram Latencies = new() { Counts = [0, 3, 0, 4] };

    public static readonly SessionUsage Usage = new()
    {
        Executions = 7,
        ComputeTime = TimeSpan.FromSeconds(8),
        DataBytes = 9,
        Children = 1,
        LastActivityAt = At.AddMinutes(1),
        Succeeded = 3,
        Failed = 2,
        Cancelled = 1,
        Abandoned = 1,
        FirstActivityAt = At.AddSeconds(30),
        Latencies = Latencies,
        LogDropped = 5,
        Forfeited = 4,
        ForfeitedComputeTime = TimeSpan.FromSeconds(6),
    };

    public static readonly SessionSettings Settings = new()
    {
        AutoExpire = true,
        ExecutionLogging = true,
        PerformanceMonitoring = true,
        PauseClock = PauseClock.Stops,
        IdleTimeout = TimeSpan.FromMinutes(10),
        ExpiryNotice = TimeSpan.FromMinutes(2),
    };

    public static readonly SessionId Peer = SessionId.Parse("s-5123456789abcdefghjkmnpqrs");

    public static readonly DataRule Rule = new()
    {
        Name = "scores",
        Effect = RuleEffect.Allow,
        Who = DataSubject.Parse("acme/*/eval/**"),
        Operations = DataOperations.Read,
        KeyPrefix = "scores/",
        Until = At.AddDays(1),
    };

    public static readonly SessionConfiguration Configuration = new()
    {
        MaxDuration = TimeSpan.FromHours(2),
        Permissions = SessionPermissions.ExecuteFunctions | SessionPermissions.ReadCrossSession,
        FunctionPatterns = ["math.*", "io:read"],
        Quotas = Quotas,
        Settings = Settings,
        Labels = Labels,
        DataRules = [Rule],
    };

    public static readonly SessionCeiling Ceiling = new()
    {
        MaxDuration = TimeSpan.FromDays(1),
        Permissions = SessionPermissions.All,
        Quotas = Quotas,
    };

    public static readonly SessionCause Cause = new(Alice, "because", CommandId);

    public static readonly TemplateDefinition Definition = new()
    {
        Description = "For notebooks.",
        Configuration = Configuration,
        Ceiling = Ceiling,
        Provisioner = "sandbox",
    };

    public static readonly SessionSpecification Specification = new()
    {
        Namespace = Namespace,
        Creator = Alice,
        Template = Template,
        Overrides = SessionOverrides.From(Configuration),
    };

    public static readonly SessionSnapshot Snapshot = new()
    {
        Id = Id,
        Address = Address,
        Namespace = Namespace,
        Creator = Alice,
        Status = SessionStatus.Paused,
        Version = 12,
        Template = Template,
        Configuration = Configuration,
        Usage = Usage,
        RequestedAt = At,
        CreatedAt = At.AddSeconds(1),
        ActivatedAt = At.AddSeconds(2),
        ExpiresAt = At.AddHours(2),
        IdleAt = At.AddMinutes(10),
        Deadline = At.AddMinutes(5),
        EndedAt = At.AddHours(1),
        EndReason = EndReason.Idle,
        Failure = "no space",
        LastChange = Cause,
        Parent = Peer,
        Children = [Peer],
        Ceiling = Ceiling,
        PolicyRevision = 21,
    };

    public static readonly SessionError Error = new()
    {
        Code = SessionErrorCode.InvalidTransition,
        SessionId = Id,
        Message = "Pause is not legal.",
        Status = SessionStatus.Created,
        Verb = SessionVerb.Pause,
        Legal = [SessionVerb.Activate, SessionVerb.Close],
        Faults = [new ConfigurationFault("quotas.concurrent", "is -1")],
        ExpectedVersion = 3,
        ActualVersion = 4,
        RetryAfter = TimeSpan.FromSeconds(5),
        ExpiredAt = At,
        Reference = "log-1",
        Dimension = "executions",
        Limit = 100,
        Used = 101,
        Rule = "acme/no-nights",
        Namespace = Namespace,
        NothingChanged = true,
    };

    public static readonly SessionTemplate FullTemplate = new()
    {
        Name = "notebook",
        Version = 3,
        Definition = Definition,
        SetAt = At,
        SetBy = Alice,
    };

    public static readonly SessionEvent Event = new()
    {
        SessionId = Id,
        Sequence = 6,
        Type = SessionEventType.SessionClosed,
        Namespace = Namespace,
        Address = Address,
        At = At,
        Version = 12,
        Cause = Cause,
        Status = SessionStatus.Closed,
        ExpiresAt = At.AddHours(2),
        EndReason = EndReason.Asked,
        Failure = "no space",
        Usage = Usage,
        Peer = Peer,
        Operations = DataOperations.Read,
        PolicyRevision = 21,
    };

    public static readonly AdmissionQueue Queue = new(50, TimeSpan.FromMinutes(10));

    public static readonly PolicyDefinition Policy = new()
    {
        Description = "For evaluations.",
        Ceiling = Ceiling,
        MaxLiveSessions = 100,
        DataRules = [Rule],
        Extends = [SessionNamespace.Parse("acme/baseline")],
        Queue = Queue,
    };

    public static readonly NamespacePolicy NamespacePolicy = new()
    {
        Namespace = Namespace,
        Version = 3,
        Revision = 21,
        Definition = Policy,
        SetAt = At,
        SetBy = Alice,
        Reason = "because",
    };

    public static readonly LiveLimit LiveLimit = new(Namespace, 100) { Queue = Queue };
    public static readonly LiveCount LiveCount = new(Namespace, 100, 42) { Waiting = 7 };
    public static readonly DataRuleSet RuleSet = new(Namespace, [Rule]);

    public static readonly EffectivePolicy EffectivePolicy = new()
    {
        Namespace = Namespace,
        Revision = 21,
        Ceiling = Ceiling,
        LiveLimits = [LiveLimit],
        DataRules = [RuleSet],
    };

    public static readonly SetPolicy SetPolicy = new()
    {
        Definition = Policy,
        ExpectedVersion = 2,
        Actor = Alice,
        Reason = "because",
        ApplyNow = true,
        CommandId = CommandId,
    };

    public static readonly PolicyReach PolicyReach = new() { Sessions = 40, Missed = 1, MissedSessions = [Id], MissedSilos = 1 };
    public static readonly PolicyReply PolicyReply = new() { Policy = NamespacePolicy, Refusal = Error, Reach = PolicyReach };
    public static readonly PolicyHistory PolicyHistory = new() { Policies = [NamespacePolicy], Refusal = Error };
    public static readonly EffectivePolicyReply EffectivePolicyReply = new() { Policy = EffectivePolicy, Live = [LiveCount], Refusal = Error };
    public static readonly PolicyStep PolicyStep = new(Namespace, "does not permit ComposeFunctions", true);
    public static readonly PolicyExplanation PolicyExplanation = new() { Steps = [PolicyStep], Refusal = Error };

    public static readonly QueueTicket QueueTicket = new(Id, CommandId, At, At.AddMinutes(10));
    public static readonly QueuePlace QueuePlace = new(Namespace, 3, 7, TimeSpan.FromSeconds(90));

    public static readonly FunctionName Function = FunctionName.Parse("math.add");
    public static readonly HolderId Holder = Drawn<HolderId>("10112233-4455-6677-8899-aabbccddeeff");
    public static readonly LeaseId Lease = Drawn<LeaseId>("20112233-4455-6677-8899-aabbccddeeff");
    public static readonly ExecutionId ExecutionId = Drawn<ExecutionId>("30112233-4455-6677-8899-aabbccddeeff");
    public static readonly QuotaMargins Margins = new(93, 3, 8, TimeSpan.FromSeconds(292));
    public static readonly LeaseBlocks Blocks = new(10, 2, 5, TimeSpan.FromSeconds(20));
    public static readonly LeaseDemand Demand = new(11, 3, 6, TimeSpan.FromSeconds(21), 2);

    public static readonly AdmissionRequest Admission = new(Function) { Depth = 2 };

    public static readonly AdmissionDecision Admitted = new()
    {
        SessionId = Id,
        Version = 12,
        Status = SessionStatus.Active,
        Permissions = SessionPermissions.ExecuteFunctions,
        TimeLeft = TimeSpan.FromMinutes(29),
        Left = Margins,
        RefusedAt = AdmissionStep.Policy,
        Refusal = Error,
    };

    public static readonly ExecutionRecord Execution = new()
    {
        Sequence = 4,
        Function = Function,
        StartedAt = At.AddTicks(1),
        Duration = TimeSpan.FromTicks(12_345),
        Outcome = ExecutionOutcome.Failed,
        Depth = 2,
    };

    public static readonly LeaseReport Report = new()
    {
        Lease = Lease,
        Holder = Holder,
        Sequence = 3,
        Admitted = 9,
        Running = 2,
        Succeeded = 3,
        Failed = 2,
        Cancelled = 1,
        Abandoned = 1,
        ComputeTime = TimeSpan.FromSeconds(8),
        SinceFirst = TimeSpan.FromSeconds(9),
        SinceLast = TimeSpan.FromMilliseconds(1),
        Kept = Blocks,
        Latencies = Latencies,
        Log = [Execution],
        LogStart = 6,
        Epoch = 11,
        Withdrawn = 1,
        SinceLastEnd = TimeSpan.FromMilliseconds(2),
    };

    public static readonly LeaseTerms Terms = new()
    {
        Duration = TimeSpan.FromSeconds(3),
        TimeLeft = TimeSpan.FromMinutes(29),
        Version = 12,
        Epoch = 11,
        Permissions = SessionPermissions.ExecuteFunctions,
        PolicyPermissions = SessionPermissions.All,
        FunctionPatterns = ["math.*", "io:read"],
        Granted = Blocks,
        Left = Margins,
        Shortage = Error,
        ExecutionLogging = true,
        PerformanceMonitoring = true,
        Quotas = Quotas,
        RunGrace = TimeSpan.FromSeconds(30),
        ExpiresAt = At.AddMinutes(29),
    };

    public static readonly ExecutionRequest ExecutionRequest = new()
    {
        Execution = ExecutionId,
        Holder = Holder,
        Admission = Admission,
        RunFor = TimeSpan.FromSeconds(2),
        SeenVersion = 12,
        Elapsed = TimeSpan.FromSeconds(1),
        Epoch = 11,
    };

    public static readonly ExecutionSettlement Settlement = new()
    {
        Execution = ExecutionId,
        Holder = Holder,
        Outcome = ExecutionOutcome.Cancelled,
        Duration = TimeSpan.FromTicks(12_345),
        Admission = Admission,
        NeverBegan = true,
    };

    public static readonly EventCursor Cursor = EventCursor.Parse("c-0000000000003g000000000009");

    public static readonly LoggedEvent Logged = new(Cursor, Event);

    public static readonly DataAccessCheck DataCheck = new(DataAccessStep.OwnerRules, true, "scores");

    public static readonly DataValue DataValue = new() { Key = DataKey.Parse("scores/größe"), Version = 7, Value = [0, 1, 255] };

    public static readonly DataRequest DataRequest = new()
    {
        Verb = DataVerb.Put,
        Key = DataKey.Parse("scores/1"),
        Prefix = "scores/",
        Value = [0, 1, 255],
        ExpectedVersion = 6,
        CommandId = CommandId,
        Actor = Alice,
        After = DataKey.Parse("scores/0"),
        Limit = 10,
        SeenVersion = 12,
        SeenDataVersion = 8,
    };

    public static readonly DataEntry DataEntry = new(DataValue.Key, 7, 3);

    public static readonly SubscriptionSnapshot Subscription = new()
    {
        Namespace = Namespace,
        IncludeBelow = true,
        Owner = Alice,
        Cursor = Cursor,
        OpenedAt = At,
        CheckpointAt = At.AddMinutes(1),
    };

    public static readonly OperationId OperationId = OperationId.Parse("o-0123456789abcdefghjkmnpqrs");

    public static readonly SessionQuery Query = new()
    {
        Namespace = Namespace,
        IncludeBelow = true,
        Creator = Alice,
        Statuses = [SessionStatus.Active, SessionStatus.Closed],
        Template = Template,
        Labels = Labels,
        Text = "größe",
        RequestedFrom = At,
        RequestedBefore = At.AddDays(1),
        EndsFrom = At.AddHours(1),
        EndsBefore = At.AddDays(2),
        LabelConditions = [new() { Key = "team", Operator = LabelOperator.In, Values = ["eval", "prod"] }],
        Parent = Peer,
        HasEnd = true,
    };

    public static readonly NamespaceCount Counted = new(
        Namespace, ImmutableSortedDictionary<SessionStatus, long>.Empty.Add(SessionStatus.Active, 3).Add(SessionStatus.Closed, 4));

    public static readonly OperationSnapshot Operation = new()
    {
        Id = OperationId,
        Version = 12,
        Verb = SessionVerb.Close,
        Query = Query,
        Status = OperationStatus.Cancelled,
        Actor = Alice,
        Reason = "because",
        Total = 7,
        Done = 3,
        Skipped = 2,
        Refused = 1,
        Refusals = [Error],
        StartedAt = At,
        UpdatedAt = At.AddMinutes(1),
        EndedAt = At.AddMinutes(2),
        Cancellation = Cause,
        Obstacle = "The store does not answer.",
    };

    public static readonly OperationPlace OperationPlace = new(At, OperationId);

    /// <summary>Every type by name; enumerations stand for themselves.</summary>
    public static IReadOnlyDictionary<Type, object> All { get; } = new object[]
    {
        Id, CommandId, Alice, Namespace, Template, Address, Quotas, Usage, Settings, Configuration, Ceiling, Cause, Definition,
        Specification, Snapshot, Error, FullTemplate, Event, SessionOverrides.From(Configuration), Error.Faults[0],
        new SessionReply { Snapshot = Snapshot, Refusal = Error, Version = 12, Replayed = true },
        new TemplateReply { Template = FullTemplate, Refusal = Error },
        new SessionException(Error),
        Command(new RequestSession { Specification = Specification, Deadline = TimeSpan.FromSeconds(30) }),
        Command(new CreateSession { Specification = Specification }),
        Command(new CancelSession()),
        Command(new ActivateSession()),
        Command(new PauseSession()),
        Command(new ResumeSession()),
        Command(new RenewSession { By = TimeSpan.FromMinutes(30), Until = At, AllowShortening = true }),
        Command(new CloseSession()),
        Command(new AdjustSession
        {
            Permissions = SessionPermissions.ExecuteFunctions,
            FunctionPatterns = ["math.*", "io:read"],
            Quotas = Quotas,
            DataRules = [Rule],
        }),
        Command(new OpenChildSession { Child = Peer, Specification = Specification }),
        new OpenChildReply { Child = Snapshot, Parent = Snapshot, Refusal = Error, Replayed = true },
        Latencies, Function, Holder, Lease, ExecutionId, Margins, Blocks, Demand, Admission, Admitted, Execution, Report, Terms,
        ExecutionRequest, Settlement, Rule, Rule.Who, DataKey.Parse("scores/größe"), Policy, NamespacePolicy, LiveLimit, LiveCount, RuleSet,
        DataValue, DataEntry, DataRequest, DataCheck,
        new DataReply { Value = DataValue, Entries = [DataEntry], Version = 7, DataVersion = 9, Refusal = Error },
        new DataDecision { Trace = [DataCheck], Refusal = Error },
        new DataAccessRequest { Operation = DataOperations.Read, Key = "scores/", IsPrefix = true },
        SetPolicy, PolicyReach, PolicyReply, PolicyHistory, EffectivePolicyReply, PolicyStep, PolicyExplanation, EffectivePolicy,
        new ExecutionPage { Executions = [Execution], Refusal = Error },
        Cursor, Logged, new EventQuery(Namespace, true),
        new EventPage { Events = [Logged], Next = Cursor, Refusal = Error },
        SubscriptionName.Parse("audit-2"), Subscription, new SubscriptionReply { Subscription = Subscription, Refusal = Error },
        new SubscriptionRequest { Query = new EventQuery(Namespace, true), Owner = Alice, From = Cursor },
        new SessionLogPage { Events = [Event], Ended = true, Refusal = Error },
        OperationId, Operation, OperationPlace,
        new StartOperation { Verb = SessionVerb.Close, Query = Query, Actor = Alice, Reason = "because" },
        new CancelOperation { Actor = Alice, Reason = "because" },
        new OperationReply { Operation = Operation, Refusal = Error },
        new ListOperations { Namespace = Namespace, Actor = Alice, Limit = 10, After = OperationPlace },
        new OperationPage { Operations = [Operation], Next = OperationPlace, Refusal = Error },
        new LeaseRequest { Report = Report, Demand = Demand, SeenVersion = 12 },
        new LeaseReply { Terms = Terms, Refusal = Error, LogTaken = 7, RunningFor = TimeSpan.FromSeconds(2), Basis = 3, Epoch = 11 },
        new LeaseRecall(Id, Lease, RecallReason.Idle, 12, IdleShare.All, Terms, 3),
        Queue, QueueTicket, QueuePlace,
        new EnterQueue { Session = Id, Command = (ActivateSession)Command(new ActivateSession()), Wait = TimeSpan.FromMinutes(10), Ticket = QueueTicket },
        new QueueReply { Place = QueuePlace, Ticket = QueueTicket, Snapshot = Snapshot, Refusal = Error },
        Query, Counted,
        new ListSessions { Query = Query, Order = SessionOrder.EndsFirst, Limit = 20, After = "token" },
        new LabelCondition { Key = "team", Operator = LabelOperator.NotIn, Values = ["eval", "prod"] },
        new GatewayAddresses { Endpoints = ["10.0.0.1:30000", "[fd00::2]:30000"] },
        new SessionPage { Sessions = [Snapshot], Next = "token", Refusal = Error },
        new CountSessions { Query = Query, After = "token", ByNamespace = true },
        new SessionCount { ByStatus = Counted.ByStatus, Next = "token", Refusal = Error, ByNamespace = [Counted] },
        new ExecutionReply { Decision = Admitted, RunFor = TimeSpan.FromSeconds(2), Epoch = 11, StartWithin = TimeSpan.FromMilliseconds(500), RunGrace = TimeSpan.FromSeconds(30) },
    }.ToDictionary(sample => sample.GetType());

    public static IEnumerable<SessionCommand> Commands => All.Values.OfType<SessionCommand>();

    /// <summary>A value of a type whose values are only ever drawn.</summary>
    private static T Drawn<T>(string value) => (T)Activator.CreateInstance(
        typeof(T), BindingFlags.Instance | BindingFlags.NonPublic, null, [Guid.Parse(value)], null)!;

    private static SessionCommand Command(SessionCommand command) =>
        command with { CommandId = CommandId, Actor = Alice, Reason = "because", ExpectedVersion = 11, SeenVersion = 12 };
}
