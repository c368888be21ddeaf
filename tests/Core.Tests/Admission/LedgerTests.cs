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
