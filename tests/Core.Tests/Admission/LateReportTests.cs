using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission;

/// <summary>Reports that arrive when their lease has run out at the session's end.</summary>
public class LateReportTests
{
    private const long AfterItsEnd = 4000;

    // Enough for a first block of ten.
    private const long Quota = 320;

    [Fact]
    public void ReportSentBeforeTheEnd_ArrivesAfterIt_WhatItKeptStaysCharged()
    {
        // What it kept it may have admitted since; given back here, it would be handed out a second time.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota }), executions: Quota);
        var (first, others) = (Ledgers.First(), Ledgers.First());
        var granted = ledger.Lease(record, first, new(10, 0, 0, default), at: 0).Granted.Executions;
        granted = ledger.Lease(record, first.After(0, new(granted, null, null, null)), new(10, 0, 0, default), at: 1).Granted.Executions;
        var sentEarly = first.After(3, new(granted, null, null, null)) with { Sequence = 3 };

        Assert.Null(ledger.Take(Given.Id, sentEarly, Ledgers.At(AfterItsEnd), mayBegin: true));

        var usage = ledger.Overlay(record, Ledgers.At(AfterItsEnd), giveBack: false).Usage;
        Assert.Equal((3, granted - 3, granted), (usage.Executions, usage.Forfeited, usage.ChargedExecutions));
        Assert.Equal(Quota - granted, ledger.LeftBesideLeases(AfterItsEnd).Executions);
        Assert.True(granted > 3, "Otherwise there is nothing to hand out twice.");

        var after = ledger.Lease(record, others, new(10, 0, 0, default), AfterItsEnd);
        Assert.True(after.Granted.Executions <= Quota - granted);
    }

    [Fact]
    public void ReportThatKeepsNothing_ArrivesAfterTheEnd_WhatWasNotUsedComesBack()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota }), executions: Quota);
        var first = Ledgers.First();
        ledger.Lease(record, first, new(10, 0, 0, default), at: 0);

        Assert.Null(ledger.Take(Given.Id, first.After(3, new(3, 0, 0, null)), Ledgers.At(AfterItsEnd), mayBegin: true));

        Assert.Equal(3, ledger.Overlay(record, Ledgers.At(AfterItsEnd), giveBack: false).Usage.Executions);
    }

    [Fact]
    public void HolderThatComesBackAfterTheEnd_AsksAgain_GoesOnFromItsTotals()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota, Concurrent = 2 }), executions: Quota);
        var first = Ledgers.First();
        ledger.Lease(record, first, new(10, 1, 0, default), at: 0);

        var terms = ledger.Lease(record, first.After(3, new(3, 0, 0, null)), new(2, 1, 0, default), AfterItsEnd);

        Assert.Equal(5, terms.Granted.Executions);
        Assert.Equal(1, terms.Granted.Concurrent);
        Assert.Equal(3, ledger.Overlay(record, Ledgers.At(AfterItsEnd), giveBack: false).Usage.Executions);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(AfterItsEnd)]
    public void ReportWithdrawsWhatAnEarlierOneCounted_ItIsNotCountedAndComesBack(long at)
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota }), executions: Quota);
        var first = Ledgers.First();
        ledger.Lease(record, first, new(10, 0, 0, default), at: 0);
        var counted = first.After(2, new(2, 0, 0, null)) with { Succeeded = 1, Running = 1 };
        Assert.Null(ledger.Take(Given.Id, counted, Ledgers.At(1), mayBegin: true));

        var withdrawn = counted with { Sequence = 3, Running = 0, Cancelled = 1, Withdrawn = 1 };
        Assert.Null(ledger.Take(Given.Id, withdrawn, Ledgers.At(at), mayBegin: true));

        var usage = ledger.Overlay(record, Ledgers.At(at), giveBack: false).Usage;
        Assert.Equal((1L, 1L, 0L, 0L), (usage.Executions, usage.Succeeded, usage.Cancelled, usage.Abandoned));
        Assert.Equal(Quota - 1, ledger.LeftBesideLeases(at).Executions);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    public void ReportWithdrawsMoreThanWasCancelled_IsRefused(long cancelled, long withdrawn)
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = Quota }), executions: Quota);
        var first = Ledgers.First();
        ledger.Lease(record, first, new(10, 0, 0, default), at: 0);

        var report = first.After(2, new(2, 0, 0, null)) with { Succeeded = 2 - cancelled, Cancelled = cancelled, Withdrawn = withdrawn };

        Assert.Equal("withdrawn", Assert.Single(ledger.Take(Given.Id, report, Ledgers.At(1), mayBegin: true)!.Faults).Field);
    }
}
