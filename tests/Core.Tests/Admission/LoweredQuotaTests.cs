using Sessions.Core.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission;

/// <summary>Leases that have nothing left to admit are not called back when a quota is lowered, and have places and shares all the same.</summary>
public class LoweredQuotaTests
{
    [Fact]
    public void IdleLeaseHasMorePlacesThanTheNewQuota_AsksAgain_HasNoMoreThanThat()
    {
        // Found by simulation: five ran where the quota had become four, under places from before.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Concurrent = 40, PerSecond = 40 }), executions: 100);
        var first = Ledgers.First();
        var before = ledger.Lease(record, first, new(1, 8, 8, default), at: 0).Granted;
        var lowered = record with { Configuration = record.Configuration with { Quotas = new() { Concurrent = 2, PerSecond = 3 } } };
        Assert.True(before is { Concurrent: > 2, PerSecond: > 3 });

        ledger.Follow(lowered);
        var after = ledger.Lease(lowered, first.After(1, before), new(1, 8, 8, default), at: 100).Granted;

        Assert.Equal(2, after.Concurrent);
        Assert.Equal(3, after.PerSecond);
    }

    [Fact]
    public void RateIsLowered_OthersSharesRest_LeaseKeepsNoMoreThanIsLeftBesideThem()
    {
        // Found by simulation: what rested, and what the session had kept for single executions, was not counted.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { PerSecond = 100 }), executions: 100);
        var (first, other) = (Ledgers.First(), Ledgers.First());
        var before = ledger.Lease(record, first, new(1, 0, 8, default), at: 0).Granted;
        var others = ledger.Lease(record, other, new(1, 0, 8, default), at: 0).Granted;
        Assert.NotNull(ledger.Begin(Ledgers.Single(), TimeSpan.FromSeconds(1), Ledgers.At(50)));
        Assert.Null(ledger.Take(Support.Given.Id, other.After(1, new(1, 0, 0, null)), Ledgers.At(60), mayBegin: false));
        Assert.Equal((8, 8), (before.PerSecond, others.PerSecond));

        var lowered = record with { Configuration = record.Configuration with { Quotas = new() { PerSecond = 10 } } };
        ledger.Follow(lowered);

        Assert.Equal(1, ledger.Lease(lowered, first.After(1, before), new(1, 0, 8, default), at: 100).Granted.PerSecond);
    }

    [Fact]
    public void HolderDidNotHearThatItLostPlaces_ReportsThatItKeepsThem_IsNotRefusedAndDoesNotHaveThem()
    {
        // Found by simulation: the holder lost its lease, and with it the executions that it had been granted.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Concurrent = 40, PerSecond = 40 }), executions: 100);
        var first = Ledgers.First();
        var before = ledger.Lease(record, first, new(1, 8, 8, default), at: 0).Granted;
        var lowered = record with { Configuration = record.Configuration with { Quotas = new() { Concurrent = 2, PerSecond = 3 } } };
        ledger.Follow(lowered);
        ledger.Lease(lowered, first.After(1, before), new(1, 8, 8, default), at: 100);

        var again = ledger.Lease(lowered, first.After(1, before) with { Sequence = 3 }, new(1, 8, 8, default), at: 200).Granted;

        Assert.Equal(2, again.Concurrent);
        Assert.True(again.PerSecond <= 3);
    }

    [Fact]
    public void MoreRunThanTheNewQuota_OneEnds_ItsPlaceIsNotFilledAgain()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(SessionQuotas.Unlimited), executions: 100);
        var first = Ledgers.First();
        ledger.Lease(record, first, new(4, 4, 0, default), at: 0);
        var lowered = record with { Configuration = record.Configuration with { Quotas = new() { Concurrent = 2 } } };
        ledger.Follow(lowered);

        var fourRun = first with { Sequence = 2, Admitted = 4, Running = 4, Kept = new(4, 4, 0, null) };
        var terms = ledger.Lease(lowered, fourRun, new(2, 6, 0, default), at: 100);
        var again = fourRun with { Sequence = 3, Kept = terms.Granted };

        Assert.True(terms.Granted.Concurrent <= 2);
        Assert.True(ledger.Lease(lowered, again, new(2, 6, 0, default), at: 200).Granted.Concurrent <= 2);
    }

    [Fact]
    public void ComputeTimeIsNotLimitedAnyMore_HolderDoesNotKnowYet_ItsReportIsTaken()
    {
        // Found by simulation: the holder lost its lease, and with it what it had been granted.
        var (ledger, record) = Ledgers.Claim(
            Ledgers.Session(new() { ComputeTime = TimeSpan.FromMinutes(1) }), executions: 10, computeTime: TimeSpan.FromMinutes(1));
        var first = Ledgers.First();
        var before = ledger.Lease(record, first, new(1, 0, 0, TimeSpan.FromSeconds(1)), at: 0).Granted;
        var widened = record with { Configuration = record.Configuration with { Quotas = SessionQuotas.Unlimited } };
        ledger.Follow(widened);
        var lost = ledger.Lease(widened, first.After(0, before), new(2, 0, 0, default), at: 100);

        Assert.Null(lost.Granted.ComputeTime);
        Assert.NotNull(before.ComputeTime);
        Assert.Null(ledger.Take(Support.Given.Id, first.After(0, before) with { Sequence = 3 }, Ledgers.At(200), mayBegin: false));
    }

    [Fact]
    public void ComputeTimeIsNotLimited_MoreIsUsedThanWasEverDebited_NothingIsMissing()
    {
        // Found by simulation: every request then debited the difference once more, and a takeover charged the sum.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(SessionQuotas.Unlimited), executions: 10);
        var first = Ledgers.First();
        ledger.Lease(record, first, new(5, 0, 0, default), at: 0);

        ledger.Lease(record, first.After(1, new(5, null, null, null)) with { ComputeTime = TimeSpan.FromMinutes(1) }, default, at: 100);

        Assert.Equal(new Debit(0, TimeSpan.Zero, Lists: true), ledger.Missing(first.Lease, default));
    }
}
