using Sessions.Core.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission;

/// <summary>What an activation knows that has taken the right to grant from another.</summary>
public class TakeoverTests
{
    private const long Quota = 320;
    private static readonly LeaseDemand Ten = new(10, 2, 0, default);

    [Fact]
    public void NothingGrantedYet_MarkGoesBackBeforeOthersGrantsRanOut_MarkStays()
    {
        // Found by simulation: without the mark, whoever came next waited for nothing, and paused under running leases.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(SessionQuotas.Unlimited), executions: 5);
        ledger.TakeOver(new GrantMark(), record.Grant!, now: 0);

        Assert.NotNull(ledger.Overlay(record, Ledgers.At(5249), giveBack: true).Grant);
        Assert.Null(ledger.Overlay(record, Ledgers.At(5250), giveBack: true).Grant);
        Assert.False(ledger.IsIdle(5249));
    }

    [Fact]
    public void HolderComesBack_WithMoreThanWasCommitted_IsCountedExactly_AndTheRestGoesBack()
    {
        var (next, record, last) = TakenOver();
        var before = next.Overlay(record, Ledgers.At(0), giveBack: false).Usage;
        Assert.Equal((2, 18), (before.Executions, before.Forfeited));

        // 7 admitted since the commit, of which 5 run; it keeps one unit more.
        var back = last with { Sequence = 9, Admitted = 9, Succeeded = 4, Running = 5, Kept = new(10, 6, null, null), Epoch = record.Grant!.Epoch };
        Assert.Null(next.Take(Given.Id, back, Ledgers.At(10), mayBegin: false, record.Grant.Epoch));

        var after = next.Overlay(record, Ledgers.At(10), giveBack: true);
        Assert.Equal((9, 4, 0, 0), (after.Usage.Executions, after.Usage.Succeeded, after.Usage.Abandoned, after.Usage.Forfeited));
        Assert.Equal(10, after.Grant!.Executions);
        Assert.Equal(5, next.Outstanding.Concurrent);
    }

    [Fact]
    public void ReportThatMayBeOld_OfALeaseThatAnotherGranted_IsNotTheLastWord()
    {
        // It may have been on its way since long before the takeover, and the holder may have been granted more since.
        var (next, record, last) = TakenOver();
        var old = last with { Sequence = 9, Kept = new(2, 0, null, null), Epoch = record.Grant!.Epoch - 1 };

        Assert.Equal(SessionErrorCode.Unavailable, next.Take(Given.Id, old, Ledgers.At(10), mayBegin: false, record.Grant.Epoch)?.Code);
        Assert.Equal(18, next.Overlay(record, Ledgers.At(10), giveBack: false).Usage.Forfeited);
        Assert.True(next.IsSilent(last.Lease));
    }

    [Fact]
    public void HolderThatDoesNotSayWhomItHasHeard_IsOfTheReleaseBefore_AndBeginsAnew()
    {
        var (next, record, last) = TakenOver();

        Assert.Equal(
            SessionErrorCode.LeaseNotFound,
            next.Take(Given.Id, last with { Sequence = 9, Epoch = 0 }, Ledgers.At(10), mayBegin: false, record.Grant!.Epoch)?.Code);
    }

    [Fact]
    public void HolderStaysAway_PlacesAreTakenUntilItsGraceIsOver_ThenWhatRanIsAbandoned()
    {
        var (next, record, _) = TakenOver(running: 1);
        var (quiet, grace) = (5250, 30_000);

        Assert.Equal(0, next.LeftBesideLeases(quiet + grace - 1).Concurrent);
        next.Lapse(quiet + grace);

        Assert.Equal(2, next.LeftBesideLeases(quiet + grace).Concurrent);
        var usage = next.Overlay(record, Ledgers.At(quiet + grace), giveBack: false).Usage;
        Assert.Equal((2, 1, 1, 18), (usage.Executions, usage.Succeeded, usage.Abandoned, usage.Forfeited));
    }

    [Fact]
    public void HolderComesBackAfterItsGrace_UsageIsCorrectedAllTheSame()
    {
        var (next, record, last) = TakenOver(running: 1);
        next.Lapse(5250 + 30_000);

        var back = last with { Sequence = 9, Admitted = 5, Succeeded = 5, Running = 0, Kept = new(5, 0, null, null), Epoch = record.Grant!.Epoch };
        Assert.Null(next.Take(Given.Id, back, Ledgers.At(36_000), mayBegin: false, record.Grant.Epoch));

        var usage = next.Overlay(record, Ledgers.At(36_000), giveBack: false).Usage;
        Assert.Equal((5, 5, 0, 0), (usage.Executions, usage.Succeeded, usage.Abandoned, usage.Forfeited));
    }

    [Fact]
    public void HolderStaysAway_WhatItMayHaveUsedStaysForfeited_WhoeverTakesOverAfterwards()
    {
        // Found by simulation: the mark of a later claim listed it as unclaimed, but not by whom, and it went back when all others had reported.
        var (next, record, _) = TakenOver(running: 1);
        next.Lapse(5250 + 30_000);
        record = Commit(next, record, at: 36_000, giveBack: true);
        Assert.Null(record.Grant);
        var later = Ledgers.First();
        Assert.Null(next.Take(Given.Id, later, Ledgers.At(36_000), mayBegin: true));
        var claimed = GrantRules.Claim(next.Overlay(record, Ledgers.At(36_000), giveBack: false), new(5, default), Given.Start, next);
        next.BeginCommit(claimed);
        next.EndCommit(claimed);

        var (last, taken) = TakeOver(claimed);
        var report = later with { Sequence = 2, Kept = new(0, 0, null, null), Epoch = taken.Grant!.Epoch };
        Assert.Null(last.Take(Given.Id, report, Ledgers.At(10), mayBegin: false, taken.Grant.Epoch));

        Assert.Equal(18, last.Overlay(taken, Ledgers.At(10), giveBack: false).Usage.Forfeited);
    }

    [Fact]
    public void SinglesStayAway_WhatTheyMayHaveUsedStaysForfeited_AlthoughAllHoldersComeBackLate()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota }), executions: 20);
        var (first, _) = Granted(ledger, ref record);
        ledger.ExpectSingles();
        record = Commit(ledger, record);
        Assert.NotNull(ledger.Begin(Ledgers.Single(), TimeSpan.FromSeconds(1), Ledgers.At(0)));
        var (next, taken) = TakeOver(record);
        next.Lapse(5250 + 30_000);

        var back = first with { Sequence = 9, Admitted = 5, Succeeded = 5, Kept = new(5, 0, null, null), Epoch = taken.Grant!.Epoch };
        Assert.Null(next.Take(Given.Id, back, Ledgers.At(36_000), mayBegin: false, taken.Grant.Epoch));

        var usage = next.Overlay(taken, Ledgers.At(36_000), giveBack: false).Usage;
        Assert.Equal((5, 15), (usage.Executions, usage.Forfeited));
    }

    [Fact]
    public void LeaseThatTheMarkDoesNotList_IsCommittedBeforeAnythingIsGranted()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(SessionQuotas.Unlimited), executions: 100);
        var report = Ledgers.First();
        Assert.Null(ledger.Take(Given.Id, report, Ledgers.At(0), mayBegin: true));

        Assert.False(ledger.IsListed(report.Lease));
        Assert.True(ledger.Missing(report.Lease, Ten).Lists);
        Commit(ledger, record);
        Assert.True(ledger.IsListed(report.Lease));
        Assert.True(ledger.Missing(report.Lease, Ten).IsNone);
    }

    [Fact]
    public void LeaseThatTheNextMarkDoesNotList_WhileThatIsOnItsWay_IsGrantedNothing()
    {
        // Found by simulation: granted in between, it was not known to the activation that followed.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota }), executions: 100);
        var report = Ledgers.First();
        Assert.Null(ledger.Take(Given.Id, report, Ledgers.At(0), mayBegin: true));
        record = Commit(ledger, record);
        ledger.Lapse(4000);

        ledger.BeginCommit(GrantRules.Checkpoint(ledger.Overlay(record, Ledgers.At(4000), giveBack: false), default, Given.Start));

        Assert.False(ledger.IsListed(report.Lease));
        Assert.True(ledger.Missing(report.Lease, Ten).Lists);
    }

    [Fact]
    public void ReleasedMark_WithEverythingCalledBack_IsTakenOverWithoutAWait()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota, Concurrent = 2 }), executions: 20);
        var (first, granted) = Granted(ledger, ref record);
        Assert.Null(ledger.Take(Given.Id, first with { Sequence = 3, Admitted = 4, Succeeded = 3, Running = 1, Kept = new(4, 1, null, null) }, Ledgers.At(5), mayBegin: false));
        var released = GrantRules.Release(ledger.Overlay(record, Ledgers.At(10), giveBack: true), Given.Start);
        Assert.True(granted > 4);
        Assert.Equal(4, released.Grant!.Executions);

        var (next, taken) = TakeOver(released);

        Assert.True(next.IsFenced(0));
        Assert.Equal(1, next.LeftBesideLeases(0).Concurrent);
        Assert.Equal((4, 0), (taken.Usage.Executions, taken.Usage.Forfeited));
    }

    [Fact]
    public void SingleExecution_IsTakenOver_WhetherTheMarkListsItOrNot()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(SessionQuotas.Unlimited), executions: 20);
        var (listed, later) = (Ledgers.Single(), Ledgers.Single());
        Assert.NotNull(ledger.Begin(listed, TimeSpan.FromSeconds(1), Ledgers.At(0)));
        record = Commit(ledger, record);
        Assert.NotNull(ledger.Begin(later, TimeSpan.FromSeconds(1), Ledgers.At(0)));

        var (next, taken) = TakeOver(record);
        Assert.Equal((1, 19), (taken.Usage.Executions, taken.Usage.Forfeited));
        Assert.NotNull(next.Adopt(later.Execution, later.Holder, later.Admission, TimeSpan.FromSeconds(1), Ledgers.At(10)));
        Assert.NotNull(next.Adopt(listed.Execution, listed.Holder, listed.Admission, TimeSpan.FromSeconds(1), Ledgers.At(10)));

        var usage = next.Overlay(taken, Ledgers.At(10), giveBack: false).Usage;
        Assert.Equal((2, 18, 0), (usage.Executions, usage.Forfeited, usage.Abandoned));
        Assert.Null(next.Adopt(listed.Execution, HolderId.New(), listed.Admission, TimeSpan.FromSeconds(1), Ledgers.At(10)));
    }

    [Fact]
    public void SingleExecution_BegunAfterAListedOneWasTakenBack_IsTakenOver()
    {
        // The mark counts the one that was taken back as begun. Had the other its unit, none would be left to know it by.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(SessionQuotas.Unlimited), executions: 1);
        var (takenBack, later) = (Ledgers.Single(), Ledgers.Single());
        Assert.NotNull(ledger.Begin(takenBack, TimeSpan.FromSeconds(1), Ledgers.At(0)));
        record = Commit(ledger, record);
        Assert.Null(ledger.Settle(Given.Id, Ledgers.TakenBack(takenBack), SessionSettings.Default, Ledgers.At(10)));

        Assert.Null(ledger.Begin(later, TimeSpan.FromSeconds(1), Ledgers.At(10)));
        ledger.ExpectSingles();
        record = Commit(ledger, record, ledger.MissingForOne(TimeSpan.FromSeconds(1), 10));
        Assert.NotNull(ledger.Begin(later, TimeSpan.FromSeconds(1), Ledgers.At(10)));

        var (next, taken) = TakeOver(record);
        Assert.NotNull(next.Adopt(later.Execution, later.Holder, later.Admission, TimeSpan.FromSeconds(1), Ledgers.At(20)));
        Assert.Equal(1, next.Overlay(taken, Ledgers.At(20), giveBack: false).Usage.Executions);
    }

    [Fact]
    public void SingleExecution_TakenOverWhereComputeTimeIsLimited_GetsNoneThatOthersMayHave()
    {
        // Found by simulation: it got a lease's length of what was leased to others, who used it too.
        var second = TimeSpan.FromSeconds(1);
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { ComputeTime = 3 * second }), executions: 20, 3 * second);
        var single = Ledgers.Single();
        Assert.NotNull(ledger.Begin(single, second, Ledgers.At(0)));
        record = Commit(ledger, record);

        var (next, _) = TakeOver(record);
        var adopted = next.Adopt(single.Execution, single.Holder, single.Admission, second / 2, Ledgers.At(500))!;
        next.Extend(adopted, second, Ledgers.At(500));

        Assert.Equal(TimeSpan.Zero, next.LeftOf(adopted, 500).RunFor);
        Assert.Equal(second / 2, adopted.Reserved);
    }

    /// <summary>A session whose holder had admitted 2 of up to 20 by the last commit, taken over by another activation.</summary>
    private static (AdmissionLedger Ledger, SessionRecord Record, LeaseReport Last) TakenOver(int running = 0)
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota, Concurrent = 2 }), executions: 20);
        var (first, _) = Granted(ledger, ref record);
        var last = first with { Sequence = 2, Admitted = 2, Succeeded = 2 - running, Running = running, Kept = new(10, 1, null, null), Epoch = record.Grant!.Epoch };
        Assert.Null(ledger.Take(Given.Id, last, Ledgers.At(5), mayBegin: false));
        record = Commit(ledger, record);
        record = record with { Grant = record.Grant! with { HasSingles = false } };
        var (next, taken) = TakeOver(record);
        return (next, taken, last);
    }

    private static (LeaseReport First, long Granted) Granted(AdmissionLedger ledger, ref SessionRecord record)
    {
        var first = Ledgers.First();
        Assert.Null(ledger.Take(Given.Id, first, Ledgers.At(0), mayBegin: true));
        record = Commit(ledger, record);
        return (first, ledger.Grant(first.Lease, Ten, record, SessionPermissions.All, null, Ledgers.At(0)).Granted.Executions);
    }

    private static SessionRecord Commit(AdmissionLedger ledger, SessionRecord record, Debit debit = default, long at = 0, bool giveBack = false)
    {
        var next = GrantRules.Checkpoint(ledger.Overlay(record, Ledgers.At(at), giveBack), debit, Given.Start);
        ledger.BeginCommit(next);
        ledger.EndCommit(next);
        return next;
    }

    private static (AdmissionLedger Ledger, SessionRecord Record) TakeOver(SessionRecord left)
    {
        var taken = GrantRules.Claim(left, default, Given.Start);
        var next = AdmissionLedger.From(taken, Ledgers.Timings, now: 0);
        next.EndCommit(taken);
        next.TakeOver(left.Grant!, taken.Grant!, now: 0);
        return (next, taken);
    }
}
