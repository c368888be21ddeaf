using Sessions.Core.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission;

/// <summary>Who may start how many executions in a second, where what was started before is not known or was more.</summary>
public class RateRestTests
{
    private static readonly SessionQuotas FivePerSecond = new() { PerSecond = 5 };

    [Fact]
    public void OthersLeasesRanOutJustNow_RateIsAskedFor_RestsForASecond()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(FivePerSecond), executions: 5);
        ledger.TakeOver(new GrantMark(), record.Grant!, now: 0);

        Assert.Equal(0, ledger.LeftBesideLeases(5250 + RateShares.Rest - 1).PerSecond);
        Assert.Equal(0, ledger.Lease(record, Ledgers.First(), new(1, 0, 5, default), at: 5250 + RateShares.Rest - 1).Granted.PerSecond);
        Assert.Equal(5, ledger.LeftBesideLeases(5250 + RateShares.Rest).PerSecond);
    }

    [Fact]
    public void AnotherActivationAdmittedAndLetGo_RateIsAskedFor_RestsForASecond()
    {
        var session = Ledgers.Session(FivePerSecond);
        var used = session with { Usage = new SessionUsage { Executions = 5, Succeeded = 5 } };

        Assert.Equal(0, AdmissionLedger.From(used, Ledgers.Timings, now: 100).LeftBesideLeases(100 + RateShares.Rest - 1).PerSecond);
        Assert.Equal(5, AdmissionLedger.From(used, Ledgers.Timings, now: 100).LeftBesideLeases(100 + RateShares.Rest).PerSecond);
        Assert.Equal(5, AdmissionLedger.From(session, Ledgers.Timings, now: 100).LeftBesideLeases(100).PerSecond);
    }

    [Fact]
    public void RateIsLowered_SinglesGoOnWithoutAPause_KeepToTheNewOne()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { PerSecond = 8 }), executions: 1000);
        var at = 0L;
        for (var i = 0; i < 20; i++, at += 100)
        {
            ledger.Begin(Ledgers.Single(), TimeSpan.FromSeconds(1), Ledgers.At(at));
        }

        ledger.Follow(record with { Configuration = record.Configuration with { Quotas = new() { PerSecond = 2 } } });
        var begun = Enumerable.Range(0, 100).Count(i => ledger.Begin(Ledgers.Single(), TimeSpan.FromSeconds(1), Ledgers.At(at + (i * 9))) is not null);

        Assert.InRange(begun, 0, 2);
    }

    [Fact]
    public void RateIsLowered_WhatRestsAndWhatTheSessionKeepsAreTooMuch_NoSingleBegins()
    {
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { PerSecond = 10 }), executions: 1000);
        var lease = Ledgers.First();
        Assert.NotNull(ledger.Begin(Ledgers.Single(), TimeSpan.FromSeconds(1), Ledgers.At(0)));
        Assert.NotNull(ledger.Begin(Ledgers.Single(), TimeSpan.FromSeconds(1), Ledgers.At(100)));
        Assert.NotNull(ledger.Begin(Ledgers.Single(), TimeSpan.FromSeconds(1), Ledgers.At(150)));
        var terms = ledger.Lease(record, lease, new(10, 0, 10, default), at: 200);
        Assert.True(terms.Granted.PerSecond > 1);

        Assert.Null(ledger.Take(Given.Id, lease.After(4, new(4, 0, 0, null)), Ledgers.At(300), mayBegin: false));
        ledger.Follow(record with { Configuration = record.Configuration with { Quotas = new() { PerSecond = terms.Granted.PerSecond!.Value } } });

        Assert.Null(ledger.Begin(Ledgers.Single(), TimeSpan.FromSeconds(1), Ledgers.At(400)));
    }
}
