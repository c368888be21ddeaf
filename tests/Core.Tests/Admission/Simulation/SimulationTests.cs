using Sessions.Core.Tests.Admission.Simulation.Checks;
using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;
using Xunit.Abstractions;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>
/// Random runs keep the promises. Of a promise that is broken, the first seed that breaks it is shown with what happened before.
/// SESSIONS_SEED plays one seed alone, with its whole trace; SESSIONS_SEEDS plays more of them than usual.
/// </summary>
public class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void RandomRuns_UnderTheRules_BreakNoPromise()
    {
        var failures = new Dictionary<string, List<int>>();
        foreach (var (seed, history, violations) in Seeds.Play(Seeds.Only is { } only ? [only] : Enumerable.Range(1, Seeds.Count), Play))
        {
            foreach (var violation in violations)
            {
                if (failures.TryAdd(violation.Promise, []))
                {
                    output.WriteLine($"Seed {seed}: {violation}\n{history.TraceUntil(violation.At, Seeds.Only is null ? 60 : int.MaxValue)}\n");
                }

                failures[violation.Promise].Add(seed);
            }
        }

        Assert.True(failures.Count == 0, string.Join("; ", failures.Select(failure => $"{failure.Key}: seeds {string.Join(", ", failure.Value.Take(10))}")));
    }

    [Fact]
    public void SameSeed_PlayedTwice_GivesTheSameHistory() => Assert.Equal(
        Run.Play(11, Build.Sound).TraceUntil(long.MaxValue, int.MaxValue).Split('\n').Where(line => !line.Contains("new lease", StringComparison.Ordinal)),
        Run.Play(11, Build.Sound).TraceUntil(long.MaxValue, int.MaxValue).Split('\n').Where(line => !line.Contains("new lease", StringComparison.Ordinal)));

    [Fact]
    public void RandomRuns_TakenTogether_SeeEverythingHappen()
    {
        // Otherwise the promises could hold because nothing ever goes wrong.
        var histories = Seeds.Play(Enumerable.Range(1, 60), seed => Run.Play(seed, Build.Sound)).ToList();
        var traces = string.Join("\n", histories.Select(history => history.TraceUntil(long.MaxValue, int.MaxValue)));

        Assert.All(
            ["suspended", "killed", "restarted", "cut off", "called back (Idle)", "called back (Narrowed)", "called back (Stopped)",
                "outcome unknown", "contended", "returned Pause: done", "returned Resume: done", "returned Adjust: done",
                "returned Renew: done", "returned Close: done", "Closed", "begins a new lease"],
            what => Assert.Contains(what, traces, StringComparison.Ordinal));
        Assert.Contains(histories, history => history.Commits.Any(commit => commit.Record.EndReason == EndReason.Expired));
        Assert.Contains(histories, history => history.WasAskedToTheEnd);
        Assert.Contains(histories, history => history.IsUndisturbed);
        Assert.True(histories.Sum(history => history.Executions.Count) > 5_000);
    }

    private static (int Seed, History History, IReadOnlyList<Violation> Violations) Play(int seed)
    {
        var history = Run.Play(seed, Build.Sound);
        return (seed, history, AdmissionChecks.Check(history, Build.Sound));
    }
}
