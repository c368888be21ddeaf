using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission;

/// <summary>How long a single execution may run, whoever hears of it and whoever does not.</summary>
public class SingleExecutionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void AnswerWasLost_CallerAsksOnceMore_MayNotStartOrRunLongerThanTheSessionWaits()
    {
        // Found by simulation: the caller started when the pause had returned, within the time that the second answer gave it.
        var (ledger, _) = Ledgers.Claim(Ledgers.Session(SessionQuotas.Unlimited), executions: 1);
        var single = ledger.Begin(Ledgers.Single(), 2 * Second, Ledgers.At(0))!;

        Assert.Equal((2 * Second, Ledgers.Timings.Start), ledger.LeftOf(single, 0));
        Assert.Equal((1.6 * Second, Ledgers.Timings.Start - TimeSpan.FromMilliseconds(400)), ledger.LeftOf(single, 400));
        Assert.Equal(TimeSpan.Zero, ledger.LeftOf(single, 700).StartWithin);
    }

    [Fact]
    public void ComputeTimeGotShort_CallerAsksForMore_KeepsItsPlaceForWhatItWasToldBefore()
    {
        // Found by simulation: its place went to another while the caller, who had not heard, ran on.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Concurrent = 1 }), executions: 2);
        var single = ledger.Begin(Ledgers.Single(), 2 * Second, Ledgers.At(0))!;
        ledger.Follow(record with { Configuration = record.Configuration with { Quotas = new() { Concurrent = 1, ComputeTime = TimeSpan.Zero } } });

        ledger.Extend(single, 2 * Second, Ledgers.At(500));

        ledger.Lapse(2249);
        Assert.Equal(0, ledger.LeftBesideLeases(2249).Concurrent);
    }

    [Fact]
    public void PlacesAreLimited_CallerWantsLonger_RunsNoLongerThanATakeoverWaits()
    {
        // Found by simulation: an activation that took over gave the place away, and knew nothing of who had it.
        var (ledger, _) = Ledgers.Claim(Ledgers.Session(new() { Concurrent = 1 }), executions: 1);

        var single = ledger.Begin(Ledgers.Single(), TimeSpan.FromHours(1), Ledgers.At(0))!;

        Assert.Equal(Ledgers.Timings.Lease, single.RunFor);
    }

    [Fact]
    public void QuotaIsUsedUp_OthersWait_NothingIsMissingAndNothingBegins()
    {
        // Found by simulation: everybody who waited for the last execution committed once, for nothing, one after the other.
        var (ledger, _) = Ledgers.Claim(Ledgers.Session(new() { Executions = 1 }), executions: 1);
        Assert.NotNull(ledger.Begin(Ledgers.Single(), Second, Ledgers.At(0)));

        Assert.True(ledger.MissingForOne(Second, 0).IsNone);
        Assert.Null(ledger.Begin(Ledgers.Single(), Second, Ledgers.At(0)));
    }

    [Fact]
    public void CallerGotMoreTimeAndVanishes_TimeIsUp_AllOfItIsCharged()
    {
        var (ledger, record) = Ledgers.Claim(
            Ledgers.Session(new() { ComputeTime = TimeSpan.FromMinutes(1) }), executions: 1, computeTime: TimeSpan.FromMinutes(1));
        var single = ledger.Begin(Ledgers.Single(), 2 * Second, Ledgers.At(0))!;
        ledger.Extend(single, 2 * Second, Ledgers.At(1500));

        ledger.Lapse(10_000);

        Assert.Equal(3.5 * Second, ledger.Overlay(record, Ledgers.At(10_000), giveBack: true).Usage.ComputeTime);
    }

    [Fact]
    public void CallerTakesItBack_NothingIsCountedAndTheUnitIsThereAgain()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = 1, Concurrent = 1 }), executions: 1);
        var request = Ledgers.Single();
        Assert.NotNull(ledger.Begin(request, Second, Ledgers.At(0)));

        Assert.Null(ledger.Settle(Given.Id, Ledgers.TakenBack(request), SessionSettings.Default with { ExecutionLogging = true }, Ledgers.At(10)));

        var usage = ledger.Overlay(record, Ledgers.At(10), giveBack: false).Usage;
        Assert.Equal((0L, 0L, 0L), (usage.Executions, usage.Cancelled, usage.Abandoned));
        Assert.Empty(ledger.PendingLog(0));
        Assert.Equal(1, ledger.LeftBesideLeases(10).Concurrent);
        Assert.NotNull(ledger.Begin(Ledgers.Single(), Second, Ledgers.At(10)));
    }

    [Fact]
    public void CallerTakesItBack_RequestArrivesAfterThat_IsNotAdmitted()
    {
        var (ledger, _) = Ledgers.Claim(Ledgers.Session(new() { Executions = 1 }), executions: 1);
        var request = Ledgers.Single();

        Assert.Equal(
            SessionErrorCode.ExecutionNotFound, ledger.Settle(Given.Id, Ledgers.TakenBack(request), SessionSettings.Default, Ledgers.At(10))!.Code);

        Assert.True(ledger.IsUsed(request.Execution));
    }
}
