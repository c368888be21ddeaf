using System.Collections.Immutable;

namespace Sessions.Contracts.Tests.Support;

/// <summary>One value of every type, with nothing left empty. They never change: their bytes are pinned.</summary>
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

    public static readonly SessionUsage Usage = new()
    {
        Executions = 7,
        ComputeTime = TimeSpan.FromSeconds(8),
        DataBytes = 9,
        Children = 1,
        LastActivityAt = At.AddMinutes(1),
    };

    public static readonly SessionSettings Settings = new()
    {
        AutoExpire = true,
        ExecutionLogging = true,
        PerformanceMonitoring = true,
        PauseClock = PauseClock.Stops,
        IdleTimeout = TimeSpan.FromMinutes(10),
    };

    public static readonly SessionConfiguration Configuration = new()
    {
        MaxDuration = TimeSpan.FromHours(2),
        Permissions = SessionPermissions.ExecuteFunctions | SessionPermissions.ReadCrossSession,
        FunctionPatterns = ["math.*", "io:read"],
        Quotas = Quotas,
        Settings = Settings,
        Labels = Labels,
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
    };

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
    }.ToDictionary(sample => sample.GetType());

    public static IEnumerable<SessionCommand> Commands => All.Values.OfType<SessionCommand>();

    private static SessionCommand Command(SessionCommand command) =>
        command with { CommandId = CommandId, Actor = Alice, Reason = "because", ExpectedVersion = 11 };
}
