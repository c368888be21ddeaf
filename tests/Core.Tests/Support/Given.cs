using Sessions.Core.Children;
using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Admission.Simulation;

namespace Sessions.Core.Tests.Support;

/// <summary>The words in which the tests speak: an id, a moment, commands, and sessions led to a state by the rules themselves.</summary>
internal static class Given
{
    public const string ProvisionerName = "sandbox";

    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    public static readonly SessionId Id = SessionId.Parse("s-00000000000000000000000001");
    public static readonly Principal Alice = Principal.Parse("alice");
    public static readonly SessionNamespace Namespace = SessionNamespace.Parse("acme/eval");

    public static readonly SessionTemplate ProvisionedTemplate = Template(new TemplateDefinition { Provisioner = ProvisionerName });

    public static SessionTemplate Template(TemplateDefinition definition) =>
        new() { Name = "notebook", Version = 3, Definition = definition, SetAt = Start, SetBy = Alice };

    /// <summary>The facts of a moment. Beside the record nothing is kept; see <see cref="KeptAnswers"/> for where something is.</summary>
    public static DecisionFacts Facts(DateTimeOffset? now = null, SessionTemplate? template = null) =>
        new() { Now = now ?? Start, Template = template, Found = new FoundAnswer(long.MaxValue, null) };

    public static SessionSpecification Specification(SessionOverrides? overrides = null, bool template = false) => new()
    {
        Namespace = Namespace,
        Creator = Alice,
        Template = template ? TemplateReference.Parse("notebook") : null,
        Overrides = overrides ?? SessionOverrides.None,
    };

    public static RequestSession Request(SessionOverrides? overrides = null, TimeSpan? deadline = null, bool template = false) =>
        new() { Actor = Alice, Specification = Specification(overrides, template), Deadline = deadline };

    public static CreateSession Create(SessionOverrides? overrides = null, bool template = false) =>
        new() { Actor = Alice, Specification = Specification(overrides, template) };

    public static CreateSession CreateReserved() => new() { Actor = Alice };

    public static CancelSession Cancel() => new() { Actor = Alice };

    public static ActivateSession Activate() => new() { Actor = Alice };

    public static PauseSession Pause() => new() { Actor = Alice };

    public static ResumeSession Resume() => new() { Actor = Alice };

    public static RenewSession RenewBy(TimeSpan by) => new() { Actor = Alice, By = by };

    public static RenewSession RenewUntil(DateTimeOffset until, bool allowShortening = false) =>
        new() { Actor = Alice, Until = until, AllowShortening = allowShortening };

    public static CloseSession Close() => new() { Actor = Alice };

    public static AdjustSession Adjust(SessionPermissions? permissions = null, SessionQuotas? quotas = null, params string[]? patterns) => new()
    {
        Actor = Alice,
        Permissions = permissions,
        Quotas = quotas,
        FunctionPatterns = patterns is null ? null : [.. patterns],
    };

    public static readonly SessionId ChildId = SessionId.Parse("s-00000000000000000000000002");

    public static OpenChildSession OpenChild(SessionOverrides? overrides = null, SessionId? child = null) => new()
    {
        Actor = Alice,
        Child = child ?? ChildId,
        Specification = new SessionSpecification { Overrides = overrides ?? SessionOverrides.None },
    };

    /// <summary>The child that <paramref name="parent"/> has a plan of, created by it.</summary>
    public static SessionRecord ChildOf(SessionRecord parent, SessionId? child = null, DecisionFacts? facts = null)
    {
        var share = parent.Children.Single(share => share.Id == (child ?? ChildId));
        return ChildRules.Create(share.Id, null, share.Plan!, facts ?? Facts()).Next!;
    }

    /// <summary>The record after a command of another session than <see cref="Id"/>.</summary>
    public static SessionRecord AfterIts(this SessionRecord record, SessionCommand command, DecisionFacts? facts = null) =>
        SessionRules.Decide(record.Id, record, command, facts ?? Facts()).Next!;

    /// <summary>A well-formed command of every verb that means something without naming the specification again.</summary>
    public static SessionCommand Command(SessionVerb verb, bool fromNothing, bool provisioned) => verb switch
    {
        SessionVerb.Request => Request(template: provisioned),
        SessionVerb.Create => fromNothing ? Create(template: provisioned) : CreateReserved(),
        SessionVerb.Cancel => Cancel(),
        SessionVerb.Activate => Activate(),
        SessionVerb.Pause => Pause(),
        SessionVerb.Resume => Resume(),
        SessionVerb.Renew => RenewBy(TimeSpan.FromMinutes(5)),
        SessionVerb.Close => Close(),
        SessionVerb.Adjust => Adjust(SessionPermissions.ExecuteFunctions, patterns: null),
        SessionVerb.OpenChild => OpenChild(),
        _ => throw new ArgumentOutOfRangeException(nameof(verb)),
    };

    /// <summary>The record after a command that must succeed.</summary>
    public static SessionRecord After(this SessionRecord? record, SessionCommand command, DecisionFacts? facts = null)
    {
        var decision = SessionRules.Decide(Id, record, command, facts ?? Facts());
        return decision.Next ?? throw new InvalidOperationException(decision.Refusal?.Message ?? "Nothing changed.");
    }

    public static SessionRecord AfterProvisioning(this SessionRecord record, string? failure = null, DateTimeOffset? now = null) =>
        SessionRules.EndProvisioning(record, record.Status, failure, now ?? Start).Next!;

    /// <summary>A session led to <paramref name="status"/> by legal moves alone; every step at <see cref="Start"/>.</summary>
    public static SessionRecord SessionIn(SessionStatus status, bool provisioned, SessionOverrides? overrides = null)
    {
        var facts = Facts(template: provisioned ? ProvisionedTemplate : null);
        SessionRecord Made() => ((SessionRecord?)null).After(Create(overrides, provisioned), facts);
        SessionRecord Created() => provisioned ? Made().AfterProvisioning() : Made();
        SessionRecord Active() => provisioned ? Created().After(Activate(), facts).AfterProvisioning() : Created().After(Activate(), facts);
        SessionRecord Requested() => ((SessionRecord?)null).After(Request(overrides, template: provisioned), facts);
        return (status, provisioned) switch
        {
            (SessionStatus.Requested, _) => Requested(),
            (SessionStatus.Creating, true) => Made(),
            (SessionStatus.Created, _) => Created(),
            (SessionStatus.Activating, true) => Created().After(Activate(), facts),
            (SessionStatus.Active, _) => Active(),
            (SessionStatus.Paused, _) => Active().After(Pause(), facts),
            (SessionStatus.Closing, true) => Active().After(Close(), facts),
            (SessionStatus.Closed, true) => Active().After(Close(), facts).AfterProvisioning(),
            (SessionStatus.Closed, false) => Active().After(Close(), facts),
            (SessionStatus.Cancelled, _) => Requested().After(Cancel(), facts),
            (SessionStatus.Failed, true) => Made().AfterProvisioning("no space"),
            _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No session without a provisioner gets there."),
        };
    }

    public static readonly IReadOnlyList<SessionStatus> Statuses =
        [.. Enum.GetValues<SessionStatus>().Where(status => status != SessionStatus.Invalid)];

    /// <summary>All that mean something; Charge does not any more.</summary>
    public static readonly IReadOnlyList<SessionVerb> Verbs =
        [.. Enum.GetValues<SessionVerb>().Where(verb => verb is not (SessionVerb.Invalid or SessionVerb.Charge))];

    /// <summary>Whether a session can get there: the waiting states and their failure need a provisioner to wait for.</summary>
    public static bool IsReachable(SessionStatus status, bool provisioned) =>
        provisioned || status is not (SessionStatus.Creating or SessionStatus.Activating or SessionStatus.Closing or SessionStatus.Failed);
}
