using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.Core.Tests.Admission.Simulation.Checks;
using Sessions.Core.Tests.Support;
using Xunit.Abstractions;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>The checkers are tested too: each turns red for something that is broken on purpose, and names the promise.</summary>
public class CheckerTests(ITestOutputHelper output)
{
    private const int MostSeeds = 400;

    private static readonly AdmissionTimings Timings = Build.Sound.Timings;

    private static readonly Build Poor = Build.Sound with { Latency = TimeSpan.FromMilliseconds(200), Loss = 0.25 };

    private static readonly Dictionary<string, (string Promise, Build Build)> Broken = new()
    {
        ["leases end earlier for the session than for their holders"] = (Promise.Fenced, Poor with
        {
            Timings = Timings with { Margin = TimeSpan.FromMilliseconds(-600) },
        }),
        ["places are given away before leases are over"] = (Promise.Concurrency, Build.Sound with
        {
            Timings = Timings with { Margin = TimeSpan.FromMilliseconds(-600) },
        }),
        ["nobody waits after a takeover to fence"] = (Promise.Fenced, Build.Sound with { DoesNotWaitAfterTakeover = true }),
        ["nobody waits after a takeover to grant places"] = (Promise.Concurrency, Build.Sound with { DoesNotWaitAfterTakeover = true }),
        ["a stale activation grants"] = (Promise.Fenced, Build.Sound with { GrantsWithoutRight = true }),
        ["debits are not written"] = (Promise.Executions, Build.Sound with { ForgetsDebits = true }),
        ["debits are not written and never charged"] = (Promise.NothingForgotten, Build.Sound with { ForgetsDebits = true }),
        ["recalls are ignored"] = (Promise.Fenced, Build.Sound with { HolderIgnoresRecalls = true }),
        ["leases count from the answer"] = (Promise.Fenced, Poor with { HolderCountsFromAnswer = true }),
        ["a share does not rest"] = (Promise.Rate, Build.Sound with { ReportsAreOlderBy = TimeSpan.FromSeconds(1) }),
        ["recalls are not awaited"] = (Promise.Fenced, Build.Sound with { DoesNotAwaitFence = true }),
        ["single executions start late"] = (Promise.Fenced, Poor with { CallerStartsLate = true }),
        ["compute time is not looked at"] = (Promise.ComputeTime, Build.Sound with { HolderIgnoresComputeTime = true }),
        ["a fence does not stop granting"] = (Promise.Returns, Build.Sound with { GrantsDuringFence = true }),
        ["nobody is recognized after a takeover"] = (Promise.Exact, Build.Sound with { DoesNotWaitAfterTakeover = true }),
        ["blocks are taken that were given back since"] = (Promise.Executions, Build.Sound with { HolderTakesOldBlocks = true }),
        ["what runs ends with its lease"] = (Promise.GoesOn, Build.Sound with { HolderHasNoGrace = true }),
        ["idle places are not asked for"] = (Promise.True, Build.Sound with { NeverRecallsIdle = true }),
        ["holders are asked before the question comes"] = (Promise.True, Build.Sound with { JoinsRoundUnderWay = true }),
        ["idle blocks are not called back"] = (Promise.LastUnit, Build.Sound with { NeverRecallsIdle = true }),
    };

    public static TheoryData<string> Names => new(Broken.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Checker_FedARunOfSomethingBroken_NamesThePromise(string name)
    {
        var (promise, build) = Broken[name];

        var found = Seeds.Play(
                Enumerable.Range(1, MostSeeds),
                seed => (Seed: seed, Violations: AdmissionChecks.Check(Run.Play(seed, build), build)))
            .FirstOrDefault(run => run.Violations?.Any(violation => violation.Promise == promise) == true);

        Assert.True(found.Seed > 0, $"Not found in {MostSeeds} seeds.");
        output.WriteLine($"Found after {found.Seed} seeds: {found.Violations.First(violation => violation.Promise == promise)}");
    }

    [Fact]
    public void PoorNetwork_UnderTheRules_BreaksNoPromise()
    {
        // Otherwise it would be the network that the checkers find, and not what is broken on it.
        var violations = Seeds.Play(Enumerable.Range(1, 100), seed => AdmissionChecks.Check(Run.Play(seed, Poor), Poor))
            .SelectMany(found => found);

        Assert.DoesNotContain(violations, violation => violation.Promise is Promise.Fenced or Promise.Concurrency);
    }

    [Fact]
    public void BrokenBuilds_TakenTogether_BreakEveryPromise()
    {
        var promises = typeof(Promise).GetFields().Select(field => (string)field.GetValue(null)!);

        Assert.Equal([Promise.LittleLost], promises.Except(Broken.Values.Select(broken => broken.Promise)));
    }
}
