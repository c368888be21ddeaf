using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Sessions.Cli.Parsing;
using Sessions.Client;
using Sessions.Core;
using Sessions.Core.Children;

namespace Sessions.Cli.Tests;

/// <summary>
/// A cluster without Orleans: sessions live by the real rules, in memory, each behind its own lock. What the tool shows and
/// counts is therefore what a silo would answer.
/// </summary>
internal sealed class RulesCluster : IGrainSource, IClientConnection, ITemplateCatalogGrain
{
    private readonly ConcurrentDictionary<SessionId, RulesSession> sessions = new();
    private readonly ConcurrentDictionary<string, RulesTemplate> templates = new();
    private readonly ConcurrentDictionary<SessionId, RulesData> data = new();
    private readonly ConcurrentDictionary<SessionNamespace, RulesPolicy> policies = new();

    public RulesCluster() => Client = new SessionsClient(
        this,
        new SessionsClientOptions { Actor = Principal.Parse("tester"), RetryBudget = TimeSpan.Zero },
        TimeProvider.System,
        NullLogger<SessionsClient>.Instance);

    public SessionsClient Client { get; }

    public RulesEvents Events { get; } = new();

    public IEnumerable<SessionRecord> Records => sessions.Values.Select(session => session.Record).OfType<SessionRecord>();

    /// <summary>Given a command, what to refuse it with; null to let it be.</summary>
    public Func<SessionCommand, SessionError?> Refuse { get; init; } = _ => null;

    /// <summary>What every namespace permits at most.</summary>
    public SessionCeiling Ceiling { get; init; } = SessionCeiling.None;

    /// <summary>What policies say to every session, beside <see cref="Ceiling"/>.</summary>
    public EffectivePolicy? Effective { get; init; }

    /// <summary>Whether the counts leave one session out, as a store would that lost it.</summary>
    public bool LosesOne { get; init; }

    /// <summary>Whether sessions forget one execution, as one would that lost a report.</summary>
    public bool LosesExecution { get; init; }

    public ISessionGrain Session(SessionId id) => sessions.GetOrAdd(id, _ => new RulesSession(this, id));

    public ISessionLogGrain SessionLog(SessionId id) => Events.Of(id);

    public ILifecycleFeedGrain Feed(SessionNamespace @namespace) => Events;

    public ISessionDataGrain Data(SessionId id) =>
        data.GetOrAdd(id, _ => new RulesData(id, () => sessions.GetValueOrDefault(id)?.Record));

    public ISubscriptionGrain Subscription(SessionNamespace @namespace, SubscriptionName name) => Events.Subscription(@namespace, name);

    public ISessionFamilyGrain Family(SessionId id) => (ISessionFamilyGrain)Session(id);

    public ITemplateGrain Template(string name) => templates.GetOrAdd(name, _ => new RulesTemplate(name));

    public ITemplateCatalogGrain Catalog() => this;

    public RulesOperations AllOperations => field ??= new RulesOperations(this);

    public ISessionOperationGrain Operation(OperationId id) => AllOperations.Of(id);

    public ISessionOperationListGrain Operations() => AllOperations;

    public ISessionSearchGrain Search() => new RulesSearch(LosesOne ? Records.Skip(1) : Records);

    public IIsolationPolicyGrain Policy(SessionNamespace @namespace) => policies.GetOrAdd(@namespace, name => new RulesPolicy(name));

    /// <summary>The line of every namespace; null where nobody waits.</summary>
    public IAdmissionQueueGrain? Line { get; init; }

    public IAdmissionQueueGrain Queue(SessionNamespace @namespace) => Line ?? throw new InvalidOperationException("The test has no lines.");

    public SessionTemplate? FindTemplate(TemplateReference? reference) =>
        reference is { } named && templates.TryGetValue(named.Name, out var template) ? template.Find(named.Version) : null;

    public ValueTask<TemplateReply> Add(string name) => new(new TemplateReply());

    public ValueTask<ImmutableArray<SessionTemplate>> List() =>
        new([.. templates.Values.Select(template => template.Find(null)).OfType<SessionTemplate>().OrderBy(template => template.Name, StringComparer.Ordinal)]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class RulesSession(RulesCluster cluster, SessionId id) : ISessionGrain, ISessionFamilyGrain
    {
        private readonly Lock gate = new();
        private readonly RulesAdmission admission = new(id);

        public SessionRecord? Record { get; private set; }

        public ValueTask<SessionReply> Request(RequestSession command) => new(Execute(command));

        public ValueTask<SessionReply> Create(CreateSession command) => new(Execute(command));

        public ValueTask<SessionReply> Cancel(CancelSession command) => new(Execute(command));

        public ValueTask<SessionReply> Activate(ActivateSession command) => new(Execute(command));

        public ValueTask<SessionReply> Pause(PauseSession command) => ExecuteFenced(command);

        public ValueTask<SessionReply> Resume(ResumeSession command) => new(Execute(command));

        public ValueTask<SessionReply> Renew(RenewSession command) => new(Execute(command));

        public ValueTask<SessionReply> Close(CloseSession command) => ExecuteFenced(command);

        public ValueTask<SessionReply> Adjust(AdjustSession command) => ExecuteFenced(command);

        public async ValueTask<OpenChildReply> OpenChild(OpenChildSession command)
        {
            var reply = await ExecuteFenced(command);
            if (reply.Refusal is { } refusal)
            {
                return new OpenChildReply { Refusal = refusal };
            }

            var child = (RulesSession)cluster.Session(command.Child);
            return new OpenChildReply
            {
                Child = child.CreateBy(ChildRules.Share(Record!, command.Child)!.Plan!).ToSnapshot(),
                Parent = Record!.ToSnapshot(),
                Replayed = reply.Replayed,
            };
        }

        public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion) => Locked(() => admission.Authorize(Record, request));

        public ValueTask<LeaseReply> Lease(LeaseRequest request) => Locked(() => admission.Lease(Record, request));

        public ValueTask<SessionError?> Report(LeaseReport report) => Locked(() => admission.Take(report));

        public ValueTask<ExecutionReply> Begin(ExecutionRequest request) => Locked(() => admission.Begin(Record, request));

        public ValueTask<ExecutionReply> Extend(ExecutionRequest request) => Locked(() => admission.Extend(Record, request));

        public ValueTask<SessionError?> Settle(ExecutionSettlement settlement) => Locked(() => admission.Settle(Record, settlement));

        public ValueTask<ExecutionPage> GetExecutions(long afterSequence, int limit) => Locked(() => admission.Page(afterSequence, limit));

        public ValueTask<SessionReply> Get(long seenVersion) => Locked(() => Record is { } record
            ? Answer(WithUsage(record))
            : new SessionReply { Refusal = new() { Code = SessionErrorCode.SessionNotFound, SessionId = id, Message = $"There is no session {id}." } });

        public ValueTask<SessionReply> WaitForChange(long version, TimeSpan patience) => Get(version);

        private SessionRecord CreateBy(ChildPlan plan)
        {
            lock (gate)
            {
                Record ??= ChildRules.Create(id, null, plan, new DecisionFacts { Now = TimeProvider.System.GetUtcNow() }).Next;
                return Record!;
            }
        }

        private static SessionReply Answer(SessionRecord record) => new() { Snapshot = record.ToSnapshot(), Version = record.Version };

        private ValueTask<T> Locked<T>(Func<T> ask)
        {
            lock (gate)
            {
                return new(ask());
            }
        }

        /// <summary>Calls all leases back, and grants none until the command is done.</summary>
        private async ValueTask<SessionReply> ExecuteFenced(SessionCommand command)
        {
            (ILeaseHolder Holder, LeaseId Lease)[] held;
            lock (gate)
            {
                admission.Holds++;
                held = admission.Held;
            }

            try
            {
                foreach (var (holder, lease) in held)
                {
                    var report = await holder.Recall(new LeaseRecall(id, lease, command is AdjustSession or OpenChildSession ? RecallReason.Narrowed : RecallReason.Stopped));
                    lock (gate)
                    {
                        _ = report is null ? null : admission.Take(report);
                    }
                }

                return Execute(command);
            }
            finally
            {
                lock (gate)
                {
                    admission.Holds--;
                }
            }
        }

        private SessionRecord WithUsage(SessionRecord record)
        {
            var usage = admission.Usage(record.Usage);
            return record with
            {
                Usage = cluster.LosesExecution && usage.Succeeded > 0
                    ? usage with { Executions = usage.Executions - 1, Succeeded = usage.Succeeded - 1 }
                    : usage,
            };
        }

        private SessionReply Execute(SessionCommand command)
        {
            if (cluster.Refuse(command) is { } refused)
            {
                return new SessionReply { Refusal = refused };
            }

            lock (gate)
            {
                var specification = (command as CreateSession)?.Specification ?? (command as RequestSession)?.Specification
                    ?? (command as OpenChildSession)?.Specification;
                var current = Record is { } record ? WithUsage(record) : null;
                var decision = SessionRules.Decide(id, current, command, new DecisionFacts
                {
                    Now = TimeProvider.System.GetUtcNow(),
                    NamespaceCeiling = cluster.Ceiling,
                    Policy = cluster.Effective,
                    Template = cluster.FindTemplate(specification?.Template),
                });
                if (decision.Refusal is { } refusal)
                {
                    return new SessionReply { Refusal = refusal };
                }

                Record = decision.Next ?? current;
                cluster.Events.Log(decision.Events);
                return Answer(Record!) with { Replayed = decision.ReplayOf is not null };
            }
        }
    }

    private sealed class RulesTemplate(string name) : ITemplateGrain
    {
        private ImmutableList<SessionTemplate> versions = [];

        public SessionTemplate? Find(int? version) => version is { } number ? versions.ElementAtOrDefault(number - 1) : versions.LastOrDefault();

        public ValueTask<TemplateReply> Set(TemplateDefinition definition, Principal actor)
        {
            var template = new SessionTemplate
            {
                Name = name,
                Version = versions.Count + 1,
                Definition = definition,
                SetAt = TimeProvider.System.GetUtcNow(),
                SetBy = actor,
            };
            versions = versions.Add(template);
            return new(new TemplateReply { Template = template });
        }

        public ValueTask<TemplateReply> Get(int? version) => new(Find(version) is { } template
            ? new TemplateReply { Template = template }
            : new TemplateReply { Refusal = new() { Code = SessionErrorCode.TemplateNotFound, Message = $"There is no template {name}." } });
    }
}
