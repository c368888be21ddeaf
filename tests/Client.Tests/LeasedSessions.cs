using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Testing;

namespace Sessions.Client.Tests;

/// <summary>
/// Sessions in memory behind a line that a test can cut: messages about leases go to the real grains and are recorded, and each answer may
/// be held, lost or changed on its way. A session is created and activated when it is first called.
/// </summary>
internal sealed class LeasedSessions : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<SessionId, Lazy<Task<ISessionGrain>>> sessions = new();
    private readonly Lazy<InMemorySessions> host;
    private readonly Dictionary<LeaseId, (ILeaseHolder Holder, SessionId Session, LeaseReport Report)> leases = [];

    public LeasedSessions() => host = new(() => new InMemorySessions(options =>
    {
        options.Time = Time;
        options.ConfigureSessions = sessions => (sessions.LeaseDuration, sessions.RunGrace) = (Duration, RunGrace);
    }));

    public TestTime Time { get; } = new();

    public SessionQuotas Quotas { get; init; } = SessionQuotas.Unlimited;

    public SessionPermissions Permissions { get; init; } = SessionPermissions.ExecuteFunctions | SessionPermissions.ComposeFunctions;

    public ImmutableArray<string> Patterns { get; init; } = [];

    /// <summary>How long a lease lasts.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How much longer than its lease an execution runs whose holder is not answered.</summary>
    public TimeSpan RunGrace { get; init; } = TimeSpan.Zero;

    /// <summary>How long a session lasts from its creation.</summary>
    public TimeSpan TimeLeft { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How sessions behave, beside logging and monitoring.</summary>
    public SessionSettings Settings { get; init; } = SessionSettings.Default;

    public bool Logging { get; init; }

    public bool Monitoring { get; init; }

    public List<LeaseRequest> Requests { get; } = [];

    public List<LeaseReport> Reports { get; } = [];

    public List<AdjustSession> Adjustments { get; } = [];

    /// <summary>What becomes of a request for a lease on its way to the session.</summary>
    public Func<LeaseRequest, LeaseRequest> OnRequest { get; set; } = static request => request;

    /// <summary>What becomes of an answer to a request for a lease on its way back.</summary>
    public Func<LeaseRequest, LeaseReply, Task<LeaseReply>> OnLease { get; set; } = static (_, reply) => Task.FromResult(reply);

    /// <summary>What happens to a message that gives a lease back on its way to the session.</summary>
    public Func<Task> OnReport { get; set; } = static () => Task.CompletedTask;

    /// <summary>What a creation waits for on its way to the session.</summary>
    public Func<Task> OnCreate { get; set; } = static () => Task.CompletedTask;

    /// <summary>What an activation waits for on its way to the session.</summary>
    public Func<Task> OnActivate { get; set; } = static () => Task.CompletedTask;

    /// <summary>What happens to a session's call to its holder on its way; it is lost if this throws.</summary>
    public Func<LeaseRecall, Task> OnRecall { get; set; } = static _ => Task.CompletedTask;

    /// <summary>How many requests for leases were sent.</summary>
    public int Asked => Locked(() => Requests.Count);

    /// <summary>How many leases were given back, answered by the session.</summary>
    public int Reported => Locked(() => Reports.Count);

    /// <summary>The latest report of the only lease, whichever message brought it.</summary>
    public LeaseReport Latest => Locked(() => leases.Values.Single().Report);

    public ILeaseHolder Holder => Locked(() => leases.Values.First().Holder);

    /// <summary>A session as its other users have it.</summary>
    public ISessionHandle Session => host.Value.Client.Get(TestClient.Id);

    /// <summary>The line to a session.</summary>
    public ISessionGrain LineTo(SessionId id) => new LeaseLine(this, id);

    /// <summary>Calls the only lease back, and gives the report.</summary>
    public async Task<LeaseReport?> RecallAsync(RecallReason reason)
    {
        var (holder, session, latest) = Locked(() => leases.Values.Single());
        var report = await holder.Recall(new LeaseRecall(session, latest.Lease, reason));
        if (report is not null)
        {
            Record(holder, session, report);
        }

        return report;
    }

    /// <summary>Ends the activations, so that the next ones know nothing of leases.</summary>
    public Task ForgetAsync() => Time.RunAsync(host.Value.Grains.StopAsync());

    public async ValueTask DisposeAsync()
    {
        if (host.IsValueCreated)
        {
            await host.Value.DisposeAsync();
        }
    }

    private Lazy<Task<ISessionGrain>> NewSession(SessionId id) => new(() => Task.Run(async () =>
    {
        var session = await host.Value.Client.CreateAsync(TestClient.Creation with
        {
            Id = id,
            Overrides = SessionOverrides.From(SessionConfiguration.Default with
            {
                MaxDuration = TimeLeft,
                Permissions = Permissions,
                FunctionPatterns = Patterns,
                Quotas = Quotas,
                Settings = Settings with { ExecutionLogging = Logging, PerformanceMonitoring = Monitoring },
            }),
        });
        await session.ActivateAsync();
        return host.Value.SessionsClient.Grains.Session(id);
    }));

    /// <summary>The grain of a session that the client under test creates itself.</summary>
    private Task<ISessionGrain> UncreatedAsync(SessionId id) =>
        sessions.GetOrAdd(id, new Lazy<Task<ISessionGrain>>(() => Task.FromResult(host.Value.SessionsClient.Grains.Session(id)))).Value;

    private void Record(ILeaseHolder holder, SessionId session, LeaseReport report)
    {
        lock (gate)
        {
            if (!leases.TryGetValue(report.Lease, out var known) || known.Report.Sequence < report.Sequence)
            {
                leases[report.Lease] = (holder, session, report);
            }
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (gate)
        {
            return read();
        }
    }

    private sealed class LeaseLine(LeasedSessions sessions, SessionId id) : ISessionGrain
    {
        private Task<ISessionGrain> Session => sessions.sessions.GetOrAdd(id, sessions.NewSession).Value;

        public async ValueTask<LeaseReply> Lease(LeaseRequest request)
        {
            sessions.Locked(() =>
            {
                sessions.Requests.Add(request);
                return 0;
            });
            sessions.Record(request.Holder!, id, request.Report);
            var reply = await (await Session).Lease(sessions.OnRequest(request) with { Holder = new HolderLine(sessions, request.Holder!) });
            return await sessions.OnLease(request, reply);
        }

        public async ValueTask<SessionError?> Report(LeaseReport report)
        {
            await sessions.OnReport();
            var refusal = await (await Session).Report(report);
            lock (sessions.gate)
            {
                sessions.Reports.Add(report);
            }

            return refusal;
        }

        public async ValueTask<ExecutionReply> Begin(ExecutionRequest request) => await (await Session).Begin(request);

        public async ValueTask<ExecutionReply> Extend(ExecutionRequest request) => await (await Session).Extend(request);

        public async ValueTask<SessionError?> Settle(ExecutionSettlement settlement) => await (await Session).Settle(settlement);

        public async ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion) =>
            await (await Session).Authorize(request, seenVersion);

        public async ValueTask<ExecutionPage> GetExecutions(long afterSequence, int limit) =>
            await (await Session).GetExecutions(afterSequence, limit);

        public async ValueTask<SessionReply> Request(RequestSession command) => await (await Session).Request(command);

        public async ValueTask<SessionReply> Create(CreateSession command)
        {
            await sessions.OnCreate();
            return await (await sessions.UncreatedAsync(id)).Create(command);
        }

        public async ValueTask<SessionReply> Cancel(CancelSession command) => await (await Session).Cancel(command);

        public async ValueTask<SessionReply> Activate(ActivateSession command)
        {
            await sessions.OnActivate();
            return await (await Session).Activate(command);
        }

        public async ValueTask<SessionReply> Pause(PauseSession command) => await (await Session).Pause(command);

        public async ValueTask<SessionReply> Resume(ResumeSession command) => await (await Session).Resume(command);

        public async ValueTask<SessionReply> Renew(RenewSession command) => await (await Session).Renew(command);

        public async ValueTask<SessionReply> Adjust(AdjustSession command)
        {
            lock (sessions.gate)
            {
                sessions.Adjustments.Add(command);
            }

            return await (await Session).Adjust(command);
        }

        public async ValueTask<SessionReply> Close(CloseSession command) => await (await Session).Close(command);

        public async ValueTask<SessionReply> Get(long seenVersion) => await (await Session).Get(seenVersion);

        public async ValueTask<SessionReply> WaitForChange(long version, TimeSpan patience) =>
            await (await Session).WaitForChange(version, patience);
    }

    private sealed class HolderLine(LeasedSessions sessions, ILeaseHolder holder) : ILeaseHolder
    {
        public async ValueTask<LeaseReport?> Recall(LeaseRecall recall)
        {
            await sessions.OnRecall(recall);
            var report = await holder.Recall(recall);
            if (report is not null)
            {
                sessions.Record(holder, recall.SessionId, report);
            }

            return report;
        }

        public ValueTask Changed(SessionSnapshot session) => holder.Changed(session);
    }
}
