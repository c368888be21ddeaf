using Sessions.Core.Admission;
using Sessions.Core.Tests.Admission.Simulation;

namespace Sessions.Core.Tests.Admission;

/// <summary>Single situations of the ledger; the simulation has all of them together.</summary>
public class LedgerTests
{
    private static readonly AdmissionTimings Timings = AdmissionTimings.Default;
    private static readonly LeaseDemand One = new(1, 1, 0, TimeSpan.Zero);
    private static readonly Moment Start = new(1_000_000_000, new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    // Found by the benchmark of the fence: ten holders that came at once drove each other out.
    [Fact]
    public void NewLease_WaitingForItsFirstGrantWhileOthersCome_IsNotForgotten()
    {
        var (ledger, record) = Ledger(new() { Executions = 10 });
        var waiting = Report();
        Assert.Null(ledger.Take(record.Id, waiting, Start, mayBegin: true));

        Assert.Null(ledger.Take(record.Id, Report(), After(1), mayBegin: true));

        Assert.True(ledger.Knows(waiting.Lease));
        Assert.Equal(1, ledger.Grant(waiting.Lease, One, record, SessionPermissions.All, null, After(2)).Granted.Executions);
    }

    // A caller that is told to wait for a place would only be refused for its compute time then.
    [Theory]
    [InlineData(0, "computeTime")]
    [InlineData(500, "concurrent")]
    public void Shortage_OfSeveralQuotas_NamesFirstWhatIsUsedUpForGood(int computeTimeLeft, string dimension)
    {
        var second = Seconds(1);
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = 10, Concurrent = 1, ComputeTime = second }), 10, second);
        var ended = Ledgers.Single();
        Assert.NotNull(ledger.Begin(Ledgers.Single(), second, Ledgers.At(0)));
        Assert.NotNull(ledger.Begin(ended, second, Ledgers.At(0)));
        var settlement = new ExecutionSettlement
        {
            Execution = ended.Execution,
            Holder = ended.Holder,
            Outcome = ExecutionOutcome.Succeeded,
            Duration = second - TimeSpan.FromMilliseconds(computeTimeLeft),
        };
        Assert.Null(ledger.Settle(record.Id, settlement, SessionSettings.Default, Ledgers.At(1)));

        var shortage = ledger.Lease(record, Ledgers.First(), new(1, 1, 0, second), at: 2).Shortage;

        Assert.Equal(dimension, shortage!.Dimension);
    }

    [Fact]
    public void Execution_LeasedAndLong_IsActivityUntilItsEnd()
    {
        var (ledger, record) = Ledger(new() { Executions = 10 });
        var first = Report();
        Granted(ledger, record, first, 0);
        var running = first with { Sequence = 2, Admitted = 1, Running = 1, SinceFirst = Seconds(1), SinceLast = Seconds(1), Kept = new(1, null, null, null) };
        Assert.Null(ledger.Take(record.Id, running, After(1_000), mayBegin: false));
        Assert.Equal(Start.Utc + Seconds(1), Activity(ledger, record, 1_000));

        Granted(ledger, record, running with { Sequence = 3, SinceFirst = Seconds(2), SinceLast = Seconds(2) }, 2_000);
        Assert.Equal(Start.Utc + Seconds(2), Activity(ledger, record, 2_000));
        var ended = running with { Sequence = 4, Running = 0, Succeeded = 1, SinceFirst = Seconds(4), SinceLast = Seconds(4), SinceLastEnd = Seconds(0.5) };
        Assert.Null(ledger.Take(record.Id, ended, After(4_000), mayBegin: false));

        Assert.Equal(Start.Utc + Seconds(3.5), Activity(ledger, record, 4_000));
        Assert.Equal(Start.Utc, ledger.Overlay(record, After(4_000), giveBack: true).Usage.FirstActivityAt);
        Assert.True(ledger.IsDirty);
    }

    [Fact]
    public void Activity_ShownWhileSomethingRan_NeverGoesBack()
    {
        var (ledger, record) = Ledger(new() { Executions = 10 });
        var first = Report();
        Granted(ledger, record, first, 0);
        var running = first with { Sequence = 2, Admitted = 1, Running = 1, SinceFirst = Seconds(1), SinceLast = Seconds(1), Kept = new(1, null, null, null) };
        Assert.Null(ledger.Take(record.Id, running, After(1_000), mayBegin: false));
        Assert.Equal(Start.Utc + Seconds(2), Activity(ledger, record, 2_000));

        var ended = running with { Sequence = 3, Running = 0, Succeeded = 1, SinceFirst = Seconds(2.5), SinceLast = Seconds(2.5), SinceLastEnd = Seconds(1) };
        Assert.Null(ledger.Take(record.Id, ended, After(2_500), mayBegin: false));

        Assert.Equal(Start.Utc + Seconds(2), Activity(ledger, record, 2_500));
    }

    [Fact]
    public void Execution_OfAHolderThatDoesNotTellOfEnds_IsActivityWhileItIsReportedAsRunning()
    {
        var (ledger, record) = Ledger(new() { Executions = 10 });
        var first = Report();
        Granted(ledger, record, first, 0);
        var running = first with { Sequence = 2, Admitted = 1, Running = 1, SinceFirst = Seconds(1), SinceLast = Seconds(1), Kept = new(1, null, null, null) };
        Assert.Null(ledger.Take(record.Id, running, After(1_000), mayBegin: false));

        var ended = running with { Sequence = 3, Running = 0, Succeeded = 1, SinceFirst = Seconds(2.5), SinceLast = Seconds(2.5) };
        Assert.Null(ledger.Take(record.Id, ended, After(2_500), mayBegin: false));

        Assert.Equal(Start.Utc + Seconds(1), Activity(ledger, record, 2_500));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static DateTimeOffset? Activity(AdmissionLedger ledger, SessionRecord record, long after) =>
        ledger.Overlay(record, After(after), giveBack: true).Usage.LastActivityAt;

    private static void Granted(AdmissionLedger ledger, SessionRecord record, LeaseReport report, long after)
    {
        Assert.Null(ledger.Take(record.Id, report, After(after), mayBegin: true));
        ledger.Grant(report.Lease, One, record, SessionPermissions.All, null, After(after));
    }

    [Fact]
    public void Fence_HolderIsRefusedAgainAndAgain_WaitsForTheLeaseThatItHas_AndNoLonger()
    {
        // A recall may never reach a holder that asks all the time. A refusal gives it no time to admit, only to end what runs.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(new() { Executions = 320, Concurrent = 2 }), executions: 20);
        var report = Ledgers.First();
        var granted = ledger.Lease(record, report, new(10, 1, 0, default), at: 0).Granted.Executions;
        var running = report.After(2, new(granted, 1, null, null)) with { Succeeded = 1, Running = 1 };
        Assert.Null(ledger.Take(record.Id, running, Ledgers.At(1), mayBegin: false));
        for (var at = 500L; at <= 3250; at += 250)
        {
            Assert.Equal(Timings.Lease, ledger.Prolong(report.Lease, at));
        }

        Assert.True(ledger.IsFenced(3250));
        Assert.Equal(1, ledger.Outstanding.Concurrent);
        Assert.Equal(1, ledger.LeftBesideLeases(3250 + (long)(Timings.Lease + Timings.RunGrace).TotalMilliseconds).Concurrent);
        ledger.Lapse(3250 + (long)(Timings.Lease + Timings.Margin + Timings.RunGrace).TotalMilliseconds);
        Assert.Equal(0, ledger.Outstanding.Concurrent);
    }

    private static Moment After(long milliseconds) => new(Start.Milliseconds + milliseconds, Start.Utc.AddMilliseconds(milliseconds));

    private static LeaseReport Report() => new() { Lease = LeaseId.New(), Holder = HolderId.New(), Sequence = 1 };

    private static (AdmissionLedger Ledger, SessionRecord Record) Ledger(SessionQuotas quotas)
    {
        var record = GrantRules.Claim(
            new SessionRecord
            {
                Id = SessionId.New(),
                Status = SessionStatus.Active,
                Version = 2,
                Configuration = new() { Quotas = quotas },
            },
            new Debit(10, TimeSpan.Zero),
            Start.Utc);
        return (AdmissionLedger.From(record, Timings, Start.Milliseconds), record);
    }
}
