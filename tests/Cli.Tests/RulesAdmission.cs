using Sessions.Cli.Parsing;
using Sessions.Cli.Replay;
using Sessions.Client;
using Sessions.Core;

namespace Sessions.Cli.Tests;

/// <summary>
/// The admissions of one session by the real rules, with a small ledger: no more is granted than there is, what is not kept goes
/// back, and what reports say is counted. Its caller locks. Leases do not run out here.
/// </summary>
internal sealed class RulesAdmission(SessionId id)
{
    private readonly Dictionary<LeaseId, Account> accounts = [];
    private readonly Dictionary<ExecutionId, (ExecutionRequest Request, DateTimeOffset Start)> singles = [];
    private readonly List<ExecutionRecord> log = [];
    private SessionUsage settled = SessionUsage.None;

    /// <summary>How many fences are under way; while there is one nothing is granted.</summary>
    public int Holds { get; set; }

    public (ILeaseHolder Holder, LeaseId Lease)[] Held =>
        [.. accounts.Where(account => account.Value.Holder is not null).Select(account => (account.Value.Holder!, account.Key))];

    public SessionUsage Usage(SessionUsage stated)
    {
        var reports = accounts.Values.Select(account => account.Report).ToArray();
        var latencies = reports.Select(report => report.Latencies).OfType<LatencyHistogram>().ToArray();
        return stated with
        {
            Executions = settled.Executions + singles.Count + reports.Sum(report => report.Admitted),
            Succeeded = settled.Succeeded + reports.Sum(report => report.Succeeded),
            Failed = settled.Failed + reports.Sum(report => report.Failed),
            Cancelled = settled.Cancelled + reports.Sum(report => report.Cancelled),
            Abandoned = settled.Abandoned + reports.Sum(report => report.Abandoned),
            ComputeTime = settled.ComputeTime + TimeSpan.FromTicks(reports.Sum(report => report.ComputeTime.Ticks)),
            FirstActivityAt = settled.FirstActivityAt ?? accounts.Values.Min(account => account.First),
            LastActivityAt = settled.LastActivityAt ?? accounts.Values.Max(account => account.Last),
            Latencies = latencies is [] ? null : latencies.Aggregate((a, b) => a.Plus(b)),
        };
    }

    public AdmissionDecision Authorize(SessionRecord? record, AdmissionRequest request) => AdmissionRules.Decide(Facts(record), request);

    public LeaseReply Lease(SessionRecord? record, LeaseRequest request)
    {
        // For the state and the time only; the rest of the rules is for the holder.
        var decision = AdmissionRules.Decide(Facts(record) with { Left = default }, new AdmissionRequest(FunctionName.Parse("any")));
        var refusal = Take(request.Report) ?? (decision.RefusedAt is AdmissionStep.Status or AdmissionStep.Expiry ? decision.Refusal
            : Holds > 0 ? new SessionError { Code = SessionErrorCode.Unavailable, SessionId = id, Message = "The session is being stopped." }
            : null);
        if (refusal is not null)
        {
            return new LeaseReply { Refusal = refusal };
        }

        var (account, demand, configuration) = (accounts[request.Report.Lease], request.Demand, record!.Configuration);
        account.Holder = request.Holder;
        var (kept, report, left) = (account.Granted, account.Report, Left(record, besideLeases: true));
        account.Granted = new LeaseBlocks(
            kept.Executions + Grow(demand.Executions - (kept.Executions - report.Admitted), left.Executions),
            left.Concurrent is null ? null : (int)((kept.Concurrent ?? 0) + Grow(demand.Concurrent - (kept.Concurrent ?? 0), left.Concurrent)),
            left.PerSecond is null ? null : (int)((kept.PerSecond ?? 0) + Grow(demand.PerSecond - (kept.PerSecond ?? 0), left.PerSecond)),
            left.ComputeTime is null ? null : (kept.ComputeTime ?? report.ComputeTime)
                + TimeSpan.FromTicks(Grow(demand.ComputeTime.Ticks, left.ComputeTime.Value.Ticks)));
        return new LeaseReply
        {
            LogTaken = account.LogTaken,
            RunningFor = TimeSpan.FromSeconds(3),
            Terms = new LeaseTerms
            {
                Duration = TimeSpan.FromSeconds(3),
                TimeLeft = Facts(record).TimeLeft,
                Version = record.Version,
                Epoch = 1,
                Permissions = configuration.Permissions,
                PolicyPermissions = SessionPermissions.All,
                FunctionPatterns = configuration.FunctionPatterns,
                Granted = account.Granted,
                Left = Left(record, besideLeases: true),
                ExecutionLogging = configuration.Settings.ExecutionLogging,
                PerformanceMonitoring = configuration.Settings.PerformanceMonitoring,
                Quotas = configuration.Quotas,
            },
        };
    }

    public SessionError? Take(LeaseReport report)
    {
        if (!accounts.TryGetValue(report.Lease, out var account))
        {
            accounts[report.Lease] = account = new Account();
        }

        if (report.Sequence <= account.Report.Sequence)
        {
            return new SessionError { Code = SessionErrorCode.LeaseNotFound, SessionId = id, Message = "There is a newer report." };
        }

        var now = TimeProvider.System.GetUtcNow();
        (account.Report, account.Granted) = (report, report.Kept);
        account.First ??= now - report.SinceFirst;
        account.Last = now - report.SinceLast;
        foreach (var entry in report.Log.Skip((int)(account.LogTaken - report.LogStart)))
        {
            log.Add(entry with { Sequence = log.Count + 1 });
        }

        account.LogTaken = report.LogStart + report.Log.Length;
        return null;
    }

    public ExecutionReply Begin(SessionRecord? record, ExecutionRequest request)
    {
        var decision = AdmissionRules.Decide(Facts(record) with { Left = record is null ? default : Left(record, besideLeases: true) }, request.Admission);
        if (decision.IsAdmitted)
        {
            singles[request.Execution] = (request, TimeProvider.System.GetUtcNow());
        }

        return new ExecutionReply { Decision = decision, RunFor = TimeSpan.FromSeconds(3), StartWithin = TimeSpan.FromSeconds(3), Epoch = 1 };
    }

    public ExecutionReply Extend(SessionRecord? record, ExecutionRequest request) => new()
    {
        Decision = AdmissionRules.Decide(Facts(record) with { Left = default }, request.Admission),
        RunFor = TimeSpan.FromSeconds(3),
    };

    public SessionError? Settle(SessionRecord? record, ExecutionSettlement settlement)
    {
        if (!singles.Remove(settlement.Execution, out var single))
        {
            return new SessionError { Code = SessionErrorCode.ExecutionNotFound, SessionId = id, Message = "It does not run." };
        }

        settled = settled with
        {
            Executions = settled.Executions + 1,
            Succeeded = settled.Succeeded + (settlement.Outcome == ExecutionOutcome.Succeeded ? 1 : 0),
            Failed = settled.Failed + (settlement.Outcome == ExecutionOutcome.Failed ? 1 : 0),
            Cancelled = settled.Cancelled + (settlement.Outcome == ExecutionOutcome.Cancelled ? 1 : 0),
            ComputeTime = settled.ComputeTime + settlement.Duration,
            FirstActivityAt = settled.FirstActivityAt ?? single.Start,
            LastActivityAt = single.Start,
        };
        if (record?.Configuration.Settings.ExecutionLogging == true)
        {
            log.Add(new ExecutionRecord
            {
                Sequence = log.Count + 1,
                Function = single.Request.Admission.Function,
                StartedAt = single.Start,
                Duration = settlement.Duration,
                Outcome = settlement.Outcome,
                Depth = single.Request.Admission.Depth,
            });
        }

        return null;
    }

    public ExecutionPage Page(long afterSequence, int limit) =>
        new() { Executions = [.. log.Where(entry => entry.Sequence > afterSequence).Take(limit)] };

    private static long Grow(long wanted, long? left) => Math.Max(0, Math.Min(wanted, left ?? long.MaxValue));

    private AdmissionFacts Facts(SessionRecord? record) => record is null ? new() { SessionId = id } : new()
    {
        SessionId = id,
        Version = record.Version,
        Status = record.Status,
        TimeLeft = record.ExpiresAt - TimeProvider.System.GetUtcNow(),
        ExpiredAt = record.ExpiresAt,
        Permissions = record.Configuration.Permissions,
        PolicyPermissions = SessionPermissions.All,
        FunctionPatterns = record.Configuration.FunctionPatterns,
        Quotas = record.Configuration.Quotas,
        Left = Left(record, besideLeases: false),
    };

    /// <summary>What is left for anybody, or beside what is out in leases.</summary>
    private QuotaMargins Left(SessionRecord record, bool besideLeases)
    {
        var (quotas, usage) = (record.Configuration.Quotas, Usage(record.Usage));
        var places = accounts.Values.Sum(account => besideLeases ? account.Granted.Concurrent ?? 0 : account.Report.Running);
        return new QuotaMargins(
            quotas.Executions - usage.Executions - Out(account => account.Granted.Executions - account.Report.Admitted),
            quotas.Concurrent - places - singles.Count,
            quotas.PerSecond - Out(account => account.Granted.PerSecond ?? 0),
            quotas.ComputeTime - usage.ComputeTime
                - TimeSpan.FromTicks(Out(account => ((account.Granted.ComputeTime ?? account.Report.ComputeTime) - account.Report.ComputeTime).Ticks)));

        long Out(Func<Account, long> of) => besideLeases ? accounts.Values.Sum(of) : 0;
    }

    private sealed class Account
    {
        public ILeaseHolder? Holder { get; set; }

        public LeaseReport Report { get; set; } = new();

        public LeaseBlocks Granted { get; set; }

        public long LogTaken { get; set; }

        public DateTimeOffset? First { get; set; }

        public DateTimeOffset? Last { get; set; }
    }
}
