using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Histories;

/// <summary>Random lives keep the promises.</summary>
public class HistoryTests
{
    [Fact]
    public void RandomLives_UnderTheRules_BreakNoPromise() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000),
            Prop.ForAll(Script.Any.ToArbitrary(), script =>
            {
                var violations = HistoryChecker.FindViolations(Simulation.Play(Rules.Real, script));
                return (violations.Count == 0).Label(string.Join("\n", violations));
            }));

    [Fact]
    public void RandomLives_TakenTogether_VisitEveryMoveAndEveryKindOfAnswer()
    {
        // Otherwise the property above could hold because nothing ever happens.
        var steps = Script.Any.Sample(numberOfSamples: 4000, size: 100).SelectMany(script => Simulation.Play(Rules.Real, script)).ToList();
        var moves = steps.Where(step => step.IsCommit)
            .Select(step => new Transition(step.Before?.Status, step.Trigger, step.After!.Status)).ToHashSet();
        var refusals = steps.Select(step => step.Decision.Refusal?.Code).OfType<SessionErrorCode>().ToHashSet();

        Assert.Empty(ExpectedTable.Moves.Except(moves));
        Assert.Contains(steps, step => step.Decision.ReplayOf is not null);
        Assert.Contains(steps, step => step.After?.Answers.Length == SessionRules.RecordedAnswers);
        Assert.Empty(
            new[]
            {
                SessionErrorCode.SessionNotFound, SessionErrorCode.InvalidTransition, SessionErrorCode.CommandConflict,
                SessionErrorCode.VersionConflict, SessionErrorCode.InvalidConfiguration, SessionErrorCode.SessionExpired,
                SessionErrorCode.QuotaExceeded,
            }.Except(refusals));
    }
}
