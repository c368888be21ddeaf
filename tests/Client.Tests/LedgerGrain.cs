using System.Collections.Immutable;
using Orleans;

namespace Sessions.Client.Tests;

/// <summary>
/// A session with a ledger of leases, small but honest: it grants no more than there is, takes back what is not kept, and refuses
/// messages whose sequence does not grow. What a test wants to go wrong it puts into <see cref="OnLease"/> and the like.
/// </summary>
internal sealed class LedgerGrain : ISessionGrain
{
    private readonly Lock gate = new();
    private readonly Dictionary<LeaseId, Account> accounts = [];

    public SessionStatus Status { get; set; } = SessionStatus.Active;

    public long Version { get; set; } = 1;

    public SessionQuotas Quotas { get; set; } = SessionQuotas.Unlimited;

    public SessionPermissions Permissions { get; set; } = SessionPermissions.ExecuteFunctions | SessionPermissions.ComposeFunctions;

    public ImmutableArray<string> Patterns { get; set; } = [];

    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(3);

    public TimeSpan? TimeLeft { get; set; }

    public bool Logging { get; set; }

    public bool Monitoring { get; set; }

    public List<LeaseRequest> Requests { get; } = [];

    public List<LeaseReport> Reports { get; } = [];

    public List<ExecutionRequest> Begun { get; } = [];

    public List<ExecutionRequest> Extended { get; } = [];

    public List<ExecutionSettlement> Settled { get; } = [];

    /// <summary>What to do with an answer to a request for a lease before it is sent.</summary>
    public Func<LeaseRequest, LeaseReply, Task<LeaseReply>> OnLease { get; set; } = static (_, reply) => Task.FromResult(reply);

    public Func<ExecutionRequest, Task<ExecutionReply>> OnBegin { get; set; } = static _ => throw new NotSupportedException();

    public Func<ExecutionRequest, Task<ExecutionReply>> OnExtend { get; set; } = static _ => throw new NotSupportedException();

    public Func<Task> OnReport { get; set; } = static () => Task.CompletedTask;

    public Func<Task<SessionReply>>? OnCreate { get; set; }

    public Func<Task<SessionReply>>? OnActivate { get; set; }

    public int Asked
    {
        get
        {
            lock (gate)
            {
                return Requests.Count;
            }
        }
    }

    public int Reported
    {
        get
        {
            lock (gate)
            {
                return Reports.Count;
            }
        }
    }

    /// <summary>The latest report of the only account there is, whichever message brought it.</summary>
    public LeaseReport Latest
    {
        get
        {
            lock (gate)
            {
                return accounts.Values.Single().Report;
            }
        }
    }

    public int Accounts
    {
        get
        {
            lock (gate)
            {
                return accounts.Count;
            }
        }
    }

    public async ValueTask<LeaseReply> Lease(LeaseRequest request)
    {
        LeaseReply reply;
        lock (gate)
        {
            Requests.Add(request);
            reply = Answer(request);
        }

        return await OnLease(request, reply);
    }

    public async ValueTask<SessionError?> Report(LeaseReport report)
    {
        await OnReport();
        lock (gate)
        {
            Reports.Add(report);
            if (!accounts.TryGetValue(report.Lease, out var account) || report.Sequence <= account.Report.Sequence)
            {
                return new SessionError { Code = SessionErrorCode.LeaseNotFound };
            }

            Take(account, report);
            if (report is { Running: 0 } && report.Kept.Executions == report.Admitted)
            {
                accounts.Remove(report.Lease);
                Spent += report.Admitted;
            }

            return null;
        }
    }

    /// <summary>Executions of accounts that are over.</summary>
    public long Spent { get; private set; }

    /// <summary>Calls a lease back, and takes the report.</summary>
    public async Task<LeaseReport?> RecallAsync(RecallReason reason)
    {
        (LeaseId Id, Account Account) only;
        lock (gate)
        {
            var (id, account) = accounts.Single();
            only = (id, account);
        }

        var report = await only.Account.Holder!.Recall(new LeaseRecall(TestClient.Id, only.Id, reason));
        lock (gate)
        {
            if (report is not null && report.Sequence > only.Account.Report.Sequence)
            {
                Take(only.Account, report);
            }
        }

        return report;
    }

    /// <summary>Forgets all accounts, as a session does whose leases have run out.</summary>
    public void Forget()
    {
        lock (gate)
        {
            accounts.Clear();
        }
    }

    public ILeaseHolder Holder
    {
        get
        {
            lock (gate)
            {
                return accounts.Values.First().Holder!;
            }
        }
    }

    public async ValueTask<ExecutionReply> Begin(ExecutionRequest request)
    {
        lock (gate)
        {
            Begun.Add(request);
        }

        return await OnBegin(request);
    }

    public async ValueTask<ExecutionReply> Extend(ExecutionRequest request)
    {
        lock (gate)
        {
            Extended.Add(request);
        }

        return await OnExtend(request);
    }

    public ValueTask<SessionError?> Settle(ExecutionSettlement settlement)
    {
        lock (gate)
        {
            Settled.Add(settlement);
        }

        return default;
    }

    public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion) =>
        new(AdmissionRules.Decide(Facts(), request));

    public ValueTask<ExecutionPage> GetExecutions(long afterSequence, int limit) => new(new ExecutionPage
    {
        Executions = [.. Enumerable.Range(1, 1_200).Select(n => new ExecutionRecord { Sequence = n }).Where(e => e.Sequence > afterSequence).Take(limit)],
    });

    public async ValueTask<SessionReply> Create(CreateSession command) => OnCreate is null ? Snapshot() : await OnCreate();

    public async ValueTask<SessionReply> Activate(ActivateSession command) => OnActivate is null ? Snapshot() : await OnActivate();

    public ValueTask<SessionReply> Request(RequestSession command) => new(Snapshot());

    public ValueTask<SessionReply> Cancel(CancelSession command) => new(Snapshot());

    public ValueTask<SessionReply> Pause(PauseSession command) => new(Snapshot());

    public ValueTask<SessionReply> Resume(ResumeSession command) => new(Snapshot());

    public ValueTask<SessionReply> Renew(RenewSession command) => new(Snapshot());

    public ValueTask<SessionReply> Close(CloseSession command) => new(Snapshot());

    public ValueTask<SessionReply> Get(long seenVersion) => new(Snapshot());

    public ValueTask<SessionReply> WaitForChange(long version, TimeSpan patience) => new(Snapshot());

    public List<AdjustSession> Adjustments { get; } = [];

    public ValueTask<SessionReply> Adjust(AdjustSession command)
    {
        Adjustments.Add(command);
        return new(Snapshot());
    }

    public SessionReply Snapshot() => new()
    {
        Version = Version,
        Snapshot = new SessionSnapshot { Id = TestClient.Id, Status = Status, Version = Version },
    };

    private LeaseReply Answer(LeaseRequest request)
    {
        var report = request.Report;
        if (!accounts.TryGetValue(report.Lease, out var account))
        {
            if (report.Sequence > 1)
            {
                return new LeaseReply { Refusal = new SessionError { Code = SessionErrorCode.LeaseNotFound } };
            }

            account = new Account { Holder = request.Holder };
        }
        else if (report.Sequence <= account.Report.Sequence)
        {
            return new LeaseReply { Refusal = new SessionError { Code = SessionErrorCode.LeaseNotFound } };
        }

        Take(account, report);
        if (AdmissionRules.Judge(Facts() with { Left = default }, new(FunctionName.Parse("any"))) is AdmissionStep.Status or AdmissionStep.Expiry)
        {
            return new LeaseReply
            {
                Refusal = AdmissionRules.Decide(Facts(), new(FunctionName.Parse("any"))).Refusal,
                RunningFor = report.Running > 0 ? Duration : TimeSpan.Zero,
                LogTaken = account.LogTaken,
            };
        }

        accounts[report.Lease] = account;
        var (kept, demand) = (report.Kept, request.Demand);
        var executions = Grow(demand.Executions, kept.Executions - report.Admitted, Quotas.Executions - Spent, accounts.Values.Sum(a => a.Granted.Executions));
        var places = Grow(demand.Concurrent, kept.Concurrent ?? report.Running, Quotas.Concurrent, accounts.Values.Sum(a => a.Granted.Concurrent ?? 0));
        var rate = Grow(demand.PerSecond, kept.PerSecond ?? 0, Quotas.PerSecond, accounts.Values.Sum(a => a.Granted.PerSecond ?? 0));
        var compute = Grow(
            demand.ComputeTime.Ticks, (kept.ComputeTime ?? TimeSpan.Zero).Ticks - report.ComputeTime.Ticks,
            Quotas.ComputeTime?.Ticks, accounts.Values.Sum(a => (a.Granted.ComputeTime ?? TimeSpan.Zero).Ticks));
        account.Granted = new LeaseBlocks(
            kept.Executions + executions,
            Quotas.Concurrent is null ? null : (int)((kept.Concurrent ?? report.Running) + places),
            Quotas.PerSecond is null ? null : (int)((kept.PerSecond ?? 0) + rate),
            Quotas.ComputeTime is null ? null : TimeSpan.FromTicks(Math.Max(report.ComputeTime.Ticks, (kept.ComputeTime ?? TimeSpan.Zero).Ticks) + compute));
        return new LeaseReply
        {
            LogTaken = account.LogTaken,
            RunningFor = Duration,
            Terms = new LeaseTerms
            {
                Duration = Duration,
                TimeLeft = TimeLeft,
                Version = Version,
                Epoch = 7,
                Permissions = Permissions,
                PolicyPermissions = SessionPermissions.All,
                FunctionPatterns = Patterns,
                Granted = account.Granted,
                Left = Facts().Left,
                ExecutionLogging = Logging,
                PerformanceMonitoring = Monitoring,
                Quotas = Quotas,
            },
        };
    }

    private static long Grow(long wanted, long kept, long? quota, long granted) =>
        Math.Max(0, Math.Min(wanted - kept, quota is { } limit ? limit - granted : long.MaxValue));

    private static void Take(Account account, LeaseReport report)
    {
        account.Report = report;
        account.Granted = report.Kept;
        account.LogTaken = report.LogStart + report.Log.Length;
    }

    private AdmissionFacts Facts() => new()
    {
        SessionId = TestClient.Id,
        Version = Version,
        Status = Status,
        TimeLeft = TimeLeft,
        Permissions = Permissions,
        PolicyPermissions = SessionPermissions.All,
        FunctionPatterns = Patterns,
        Quotas = Quotas,
        Left = new QuotaMargins(
            Quotas.Executions - accounts.Values.Sum(a => a.Granted.Executions) - Spent,
            Quotas.Concurrent - accounts.Values.Sum(a => a.Granted.Concurrent ?? 0),
            Quotas.PerSecond - accounts.Values.Sum(a => a.Granted.PerSecond ?? 0),
            Quotas.ComputeTime - TimeSpan.FromTicks(accounts.Values.Sum(a => (a.Granted.ComputeTime ?? TimeSpan.Zero).Ticks))),
    };

    private sealed class Account
    {
        public ILeaseHolder? Holder { get; init; }

        public LeaseReport Report { get; set; } = new();

        public LeaseBlocks Granted { get; set; }

        public long LogTaken { get; set; }
    }
}
