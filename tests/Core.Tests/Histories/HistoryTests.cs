using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Histories;

/// <summary>Random lives keep the promises.</summary>
public class HistoryTests
{
    private const int MostLives = 4000;
    private const int LivesAtOnce = 100;

    [Fact]
    public void RandomLives_UnderTheRules_BreakNoPromise() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Seeds.Scale(1000)),
            Prop.ForAll(Script.Any.ToArbitrary(), script =>
            {
                var violations = HistoryChecker.FindViolations(Simulation.Play(Rules.Real, script));
                return (violations.Count == 0).Label(string.Join("\n", violations));
            }));

    [Fact]
    public void RandomLives_TakenTogether_VisitEveryMoveAndEveryKindOfAnswer()
    {
        // Otherwise the property above could hold because nothing ever happens.
        var unseen = new Unseen();
        for (var played = 0; played < MostLives && !unseen.IsEmpty; played += LivesAtOnce)
        {
            var lives = Script.Any.Sample(numberOfSamples: LivesAtOnce, size: 100);
            foreach (var steps in lives.AsParallel().Select(script => Simulation.Play(Rules.Real, script)))
            {
                unseen.Remove(steps);
            }
        }

        Assert.True(unseen.IsEmpty, $"{MostLives} lives never had: {unseen}");
    }

    /// <summary>What no life has had so far.</summary>
    private sealed class Unseen
    {
        private readonly HashSet<Transition> moves = [.. ExpectedTable.Moves];

        private readonly HashSet<SessionErrorCode> refusals =
        [
            SessionErrorCode.SessionNotFound, SessionErrorCode.InvalidTransition, SessionErrorCode.CommandConflict,
            SessionErrorCode.VersionConflict, SessionErrorCode.InvalidConfiguration, SessionErrorCode.SessionExpired,
            SessionErrorCode.QuotaExceeded,
        ];

        private readonly HashSet<string> answers = ["a replayed answer", "as many recorded answers as are kept"];

        public bool IsEmpty => moves.Count + refusals.Count + answers.Count == 0;

        public void Remove(IEnumerable<Step> life)
        {
            foreach (var step in life)
            {
                if (step.IsCommit)
                {
                    moves.Remove(new(step.Before?.Status, step.Trigger, step.After!.Status));
                }

                if (step.Decision.Refusal is { } refusal)
                {
                    refusals.Remove(refusal.Code);
                }

                if (step.Decision.ReplayOf is not null)
                {
                    answers.Remove("a replayed answer");
                }

                if (step.After?.Answers.Length == AnswerRules.InRecord)
                {
                    answers.Remove("as many recorded answers as are kept");
                }
            }
        }

        public override string ToString() => string.Join(", ", [.. moves.Select(move => move.ToString()), .. refusals.Select(code => code.ToString()), .. answers]);
    }
}
