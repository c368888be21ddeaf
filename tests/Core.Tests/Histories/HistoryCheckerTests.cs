using System.Collections.Immutable;
using FsCheck.Fluent;
using Sessions.Core.Isolation;
using Sessions.Core.Tests.Admission.Simulation;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Histories;

/// <summary>The checker is tested too: it turns red for every rule that is broken on purpose, and names the promise.</summary>
public class HistoryCheckerTests
{
    private static readonly Dictionary<string, (string Promise, Rules Rules)> BrokenRules = new()
    {
        ["skips a version"] = (Promise.VersionsByOne, Commits(next => next with { Version = next.Version + 1 })),
        ["forgets to count"] = (Promise.VersionsByOne, Commits(next => next.Version > 1 ? next with { Version = next.Version - 1 } : next)),
        ["wakes the dead"] = (Promise.FinalIsFinal, WakesTheDead()),
        ["pauses what is not active"] = (Promise.MovesOfTheTable, PausesTheCreated()),
        ["skips a sequence"] = (Promise.DenseEvents, Commits(
            next => next with { LastSequence = next.LastSequence + 1 }, events => [.. events.Select(e => e with { Sequence = e.Sequence + 1 })])),
        ["loses events"] = (Promise.DenseEvents, Commits(events: _ => [])),
        ["names the wrong event"] = (Promise.EventsOfTheMove, Commits(
            events: events => [.. events.Select(e => e with { Type = SessionEventType.SessionRenewed })])),
        ["reports a stale version"] = (Promise.EventsOfTheMove, Commits(
            events: events => [.. events.Select(e => e with { Version = e.Version - 1 })])),
        ["hides who did it"] = (Promise.CauseIsKept, Commits(next => next with { LastChange = null })),
        ["does it twice"] = (Promise.RepliesAlike, ForgetsItsAnswers()),
        ["does not record answers"] = (Promise.RepliesAlike, Commits(next => next with { Answers = [] })),
        ["replays whatever is asked"] = (Promise.ConflictsAreSeen, ReplaysWhateverIsAsked()),
        ["keeps every answer"] = (Promise.FewAnswers, KeepsEveryAnswer()),
        ["forgets when it was created"] = (Promise.TimesFitTheState, Commits(
            next => next with { CreatedAt = Lifecycle.IsFinal(next.Status) ? null : next.CreatedAt })),
        ["forgets when it ended"] = (Promise.TimesFitTheState, Commits(next => next with { EndedAt = null })),
        ["says that it ended"] = (Promise.TimesFitTheState, Commits(next => next with { EndedAt = next.ChangedAt })),
        ["waits for ever"] = (Promise.TimesFitTheState, Commits(next => next with { Deadline = null })),
        ["reserves for ever"] = (Promise.EndsByItself, Commits(
            next => next with { Deadline = next.Status == SessionStatus.Requested ? null : next.Deadline })),
        ["ends too early"] = (Promise.EndIsRight, Commits(next => next with { ExpiresAt = next.ExpiresAt?.AddTicks(-1) })),
        ["never expires"] = (Promise.OverIsOver, Rules.Real with { LetTimePass = (_, _) => Decision.None }),
        ["expires a tick early"] = (Promise.NotTooEarly, LooksAhead(TimeSpan.FromTicks(1))),
        ["expires a tick late"] = (Promise.OverIsOver, LooksAhead(TimeSpan.FromTicks(-1))),
        ["activates what is over"] = (Promise.OverIsOver, IgnoresTheEnd()),
        ["changes terms by itself"] = (Promise.TermsAreKept, Commits(
            next => next with { Configuration = next.Configuration with { Permissions = SessionPermissions.All } })),
        ["ignores what is adjusted"] = (Promise.TermsAreKept, ChangesTheNext<AdjustSession>(
            (before, next) => next with { Configuration = before.Configuration })),
        ["overlooks a policy"] = (Promise.PoliciesBind, Rules.Real with { ApplyPolicy = (_, _, _) => Decision.None }),
        ["forgets the end that a policy sets"] = (Promise.EndIsRight, Rules.Real with
        {
            ApplyPolicy = (record, policy, now) => PolicyRules.Apply(record, policy with { Ceiling = policy.Ceiling with { MaxDuration = null } }, now),
        }),
        ["opens children beyond the quota"] = (Promise.QuotasAreKept, OverlooksTheLimit()),
        ["leaves children behind"] = (Promise.ChildrenEndFirst, LeavesChildrenBehind()),
        ["refuses what is legal"] = (Promise.RefusalIsTrue, RefusesPauses()),
    };

    public static TheoryData<string> Names => new(BrokenRules.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Checker_FedARuleThatIsBroken_NamesThePromise(string name)
    {
        var (promise, rules) = BrokenRules[name];

        var violations = Script.Any.Sample(numberOfSamples: 1000, size: 100)
            .Select(script => HistoryChecker.FindViolations(Simulation.Play(rules, script)))
            .FirstOrDefault(found => found.Any(violation => violation.StartsWith(promise, StringComparison.Ordinal)));

        Assert.NotNull(violations);
    }

    [Fact]
    public void Checker_FedAChangeByARefusedCommand_NamesThePromise()
    {
        var active = Given.SessionIn(SessionStatus.Active, provisioned: false);
        var command = new Input.Command(Given.Resume());
        var refused = SessionRules.Decide(Given.Id, active, command.Value, Given.Facts());
        var left = new Step(command, Given.Start, null, refused, active with { Failure = "left behind" });

        Assert.Contains(HistoryChecker.FindViolations([left]), v => v.StartsWith(Promise.NothingLeftBehind, StringComparison.Ordinal));
    }

    [Fact]
    public void Checker_FedAChangeBetweenTwoDecisions_NamesThePromise()
    {
        var create = Given.Create();
        var created = SessionRules.Decide(Given.Id, null, create, Given.Facts());
        var activate = Given.Activate();
        var other = created.Next! with { Failure = "from elsewhere" };
        var activated = SessionRules.Decide(Given.Id, other, activate, Given.Facts());

        var violations = HistoryChecker.FindViolations(
        [
            new Step(new Input.Command(create), Given.Start, null, created, created.Next),
            new Step(new Input.Command(activate), Given.Start, other, activated, activated.Next),
        ]);

        Assert.Contains(violations, v => v.StartsWith(Promise.NothingLeftBehind, StringComparison.Ordinal));
    }

    [Fact]
    public void BrokenRules_TakenTogether_CoverEveryPromise()
    {
        var promises = typeof(Promise).GetFields().Select(field => (string)field.GetValue(null)!);

        Assert.Equal([Promise.NothingLeftBehind], promises.Except(BrokenRules.Values.Select(broken => broken.Promise)));
    }

    /// <summary>The real rules, with every commit falsified.</summary>
    private static Rules Commits(
        Func<SessionRecord, SessionRecord>? next = null, Func<ImmutableArray<SessionEvent>, ImmutableArray<SessionEvent>>? events = null)
    {
        Decision Falsify(Decision decision) => decision.Next is null ? decision : Decision.Commit(
            next is null ? decision.Next : next(decision.Next), events is null ? decision.Events : events(decision.Events));
        return new Rules
        {
            Decide = (id, record, command, facts) => Falsify(SessionRules.Decide(id, record, command, facts)),
            LetTimePass = (record, facts) => Falsify(SessionRules.LetTimePass(record, facts)),
            EndProvisioning = (record, stage, failure, now) => Falsify(SessionRules.EndProvisioning(record, stage, failure, now)),
        };
    }

    private static Rules WakesTheDead() => Rules.Real with
    {
        Decide = (id, record, command, facts) => record is { Status: SessionStatus.Closed } && command is ActivateSession
            ? SessionRules.Decide(id, record with { Status = SessionStatus.Created, ExpiresAt = facts.Now.AddYears(1) }, command, facts)
            : SessionRules.Decide(id, record, command, facts),
    };

    private static Rules PausesTheCreated() => Rules.Real with
    {
        Decide = (id, record, command, facts) => record is { Status: SessionStatus.Created } && command is PauseSession
            ? SessionRules.Decide(id, record with { Status = SessionStatus.Active }, command, facts)
            : SessionRules.Decide(id, record, command, facts),
    };

    private static Rules ForgetsItsAnswers() => Rules.Real with
    {
        Decide = (id, record, command, facts) => SessionRules.Decide(id, record is null ? null : record with { Answers = [] }, command, facts),
    };

    private static Rules ReplaysWhateverIsAsked() => Rules.Real with
    {
        Decide = (id, record, command, facts) =>
            record?.Answers.Where(answer => answer.CommandId == command.CommandId).ToArray() is [var recorded, ..]
                ? Decision.Replay(recorded.Version)
                : SessionRules.Decide(id, record, command, facts),
    };

    private static Rules KeepsEveryAnswer() => Rules.Real with
    {
        Decide = (id, record, command, facts) =>
        {
            var decision = SessionRules.Decide(id, record, command, facts);
            return decision.Next is { } next && record is not null
                ? Decision.Commit(next with { Answers = [.. record.Answers, next.Answers[^1]] }, decision.Events)
                : decision;
        },
    };

    private static Rules LooksAhead(TimeSpan by) => Rules.Real with
    {
        LetTimePass = (record, facts) => SessionRules.LetTimePass(record, facts with { Now = facts.Now + by }),
    };

    private static Rules IgnoresTheEnd() => Rules.Real with
    {
        Decide = (id, record, command, facts) => SessionRules.Decide(
            id,
            record is not null && command is ActivateSession or ResumeSession ? record with { ExpiresAt = record.ExpiresAt?.AddYears(1) } : record,
            command,
            facts),
    };

    /// <summary>The real rules, with the commits of one command falsified.</summary>
    private static Rules ChangesTheNext<TCommand>(Func<SessionRecord, SessionRecord, SessionRecord> change) => Rules.Real with
    {
        Decide = (id, record, command, facts) => SessionRules.Decide(id, record, command, facts) is { Next: { } next } decision && command is TCommand
            ? Decision.Commit(change(record!, next), decision.Events)
            : SessionRules.Decide(id, record, command, facts),
    };

    private static Rules OverlooksTheLimit() => Rules.Real with
    {
        Decide = (id, record, command, facts) =>
        {
            var unlimited = record is not null && command is OpenChildSession
                ? record with { Configuration = record.Configuration with { Quotas = SessionQuotas.Unlimited } }
                : record;
            var decision = SessionRules.Decide(id, unlimited, command, facts);
            return decision.Next is { } next && record != unlimited
                ? Decision.Commit(next with { Configuration = record!.Configuration }, decision.Events)
                : decision;
        },
    };

    private static Rules LeavesChildrenBehind() => Rules.Real with
    {
        Decide = (id, record, command, facts) => SessionRules.Decide(
            id, record, command, facts) is { Next: { } next } decision && command is CloseSession && record!.Children.Length > 0
                ? Decision.Commit(next with { Status = SessionStatus.Closed }, decision.Events)
                : SessionRules.Decide(id, record, command, facts),
    };

    private static Rules RefusesPauses() => Rules.Real with
    {
        Decide = (id, record, command, facts) => record is not null && command is PauseSession
            ? Decision.Refuse(Refusals.InvalidTransition(record, command.Verb))
            : SessionRules.Decide(id, record, command, facts),
    };
}
