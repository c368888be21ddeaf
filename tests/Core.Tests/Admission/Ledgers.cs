using Sessions.Core.Admission;
using Sessions.Core.Tests.Admission.Simulation;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission;

/// <summary>Ledgers as an activation has them, and the messages that they take.</summary>
internal static class Ledgers
{
    public static readonly AdmissionTimings Timings = AdmissionTimings.Default;

    public static Moment At(long milliseconds) => new(milliseconds, Given.Start.AddMilliseconds(milliseconds));

    /// <summary>An active session.</summary>
    public static SessionRecord Session(SessionQuotas quotas) =>
        Given.SessionIn(SessionStatus.Active, provisioned: false, new() { Quotas = quotas });

    /// <summary>The record with this activation's mark on it, and the ledger that belongs to it.</summary>
    public static (AdmissionLedger Ledger, SessionRecord Record) Claim(SessionRecord record, long executions, TimeSpan computeTime = default)
    {
        var claimed = GrantRules.Claim(record, new(executions, computeTime), Given.Start);
        claimed = claimed with { Grant = claimed.Grant! with { HasSingles = true } };
        var ledger = AdmissionLedger.From(claimed, Timings, now: 0);
        ledger.EndCommit(claimed);
        return (ledger, claimed);
    }

    /// <summary>Takes a report, and grants what there is.</summary>
    public static LeaseTerms Lease(
        this AdmissionLedger ledger, SessionRecord record, LeaseReport report, LeaseDemand demand, long at)
    {
        Assert.Null(ledger.Take(Given.Id, report, At(at), mayBegin: true));
        return ledger.Grant(report.Lease, demand, record, SessionPermissions.All, null, At(at));
    }

    /// <summary>The next report: so many admitted, all of them ended, so much kept.</summary>
    public static LeaseReport After(this LeaseReport before, long admitted, LeaseBlocks kept) =>
        before with { Sequence = before.Sequence + 1, Admitted = admitted, Succeeded = admitted, Kept = kept };

    public static LeaseReport First() => new() { Lease = LeaseId.New(), Holder = HolderId.New(), Sequence = 1 };

    public static ExecutionRequest Single() => new() { Execution = ExecutionId.New(), Holder = HolderId.New(), Admission = Admissible.Request };

    /// <summary>Its caller takes it back, because the answer came too late to run it.</summary>
    public static ExecutionSettlement TakenBack(ExecutionRequest request) => new()
    {
        Execution = request.Execution,
        Holder = request.Holder,
        Outcome = ExecutionOutcome.Cancelled,
        NeverBegan = true,
    };
}
