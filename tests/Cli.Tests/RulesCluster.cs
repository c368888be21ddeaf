using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Sessions.Client;
using Sessions.Core;

namespace Sessions.Cli.Tests;

/// <summary>
/// A cluster without Orleans: sessions live by the real rules, in memory, each behind its own lock. What the tool shows and
/// counts is therefore what a silo would answer.
/// </summary>
internal sealed class RulesCluster : IGrainSource, IClientConnection, ITemplateCatalogGrain, ISessionStatisticsGrain
{
    private readonly ConcurrentDictionary<SessionId, RulesSession> sessions = new();
    private readonly ConcurrentDictionary<string, RulesTemplate> templates = new();

    public RulesCluster() => Client = new SessionsClient(
        this,
        new SessionsClientOptions { Actor = Principal.Parse("tester"), RetryBudget = TimeSpan.Zero },
        TimeProvider.System,
        NullLogger<SessionsClient>.Instance);

    public SessionsClient Client { get; }

    public IEnumerable<SessionRecord> Records => sessions.Values.Select(session => session.Record).OfType<SessionRecord>();

    /// <summary>Given a command, what to refuse it with; null to let it be.</summary>
    public Func<SessionCommand, SessionError?> Refuse { get; init; } = _ => null;

    /// <summary>Whether the counts leave one session out, as a store would that lost it.</summary>
    public bool LosesOne { get; init; }

    public ISessionGrain Session(SessionId id) => sessions.GetOrAdd(id, _ => new RulesSession(this, id));

    public ITemplateGrain Template(string name) => templates.GetOrAdd(name, _ => new RulesTemplate(name));

    public ITemplateCatalogGrain Catalog() => this;

    public ISessionStatisticsGrain Statistics() => this;

    public SessionTemplate? FindTemplate(TemplateReference? reference) =>
        reference is { } named && templates.TryGetValue(named.Name, out var template) ? template.Find(named.Version) : null;

    public ValueTask<TemplateReply> Add(string name) => new(new TemplateReply());

    public ValueTask<ImmutableArray<SessionTemplate>> List() =>
        new([.. templates.Values.Select(template => template.Find(null)).OfType<SessionTemplate>().OrderBy(template => template.Name, StringComparer.Ordinal)]);

    public ValueTask<ImmutableSortedDictionary<SessionStatus, long>> CountByStatus(SessionNamespace? within) => new(
        Records.Where(record => within is not { } root || root.Contains(record.Namespace))
            .Skip(LosesOne ? 1 : 0)
            .GroupBy(record => record.Status)
            .ToImmutableSortedDictionary(group => group.Key, group => group.LongCount()));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class RulesSession(RulesCluster cluster, SessionId id) : ISessionGrain
    {
        private readonly Lock gate = new();

        public SessionRecord? Record { get; private set; }

        public ValueTask<SessionReply> Request(RequestSession command) => Execute(command);

        public ValueTask<SessionReply> Create(CreateSession command) => Execute(command);

        public ValueTask<SessionReply> Cancel(CancelSession command) => Execute(command);

        public ValueTask<SessionReply> Activate(ActivateSession command) => Execute(command);

        public ValueTask<SessionReply> Pause(PauseSession command) => Execute(command);

        public ValueTask<SessionReply> Resume(ResumeSession command) => Execute(command);

        public ValueTask<SessionReply> Renew(RenewSession command) => Execute(command);

        public ValueTask<SessionReply> Close(CloseSession command) => Execute(command);

        public ValueTask<SessionReply> Adjust(AdjustSession command) => Execute(command);

        public ValueTask<SessionReply> Charge(ChargeSession command) => Execute(command);

        public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion) => throw new NotSupportedException();

        public ValueTask<LeaseReply> Lease(LeaseRequest request) => throw new NotSupportedException();

        public ValueTask<SessionError?> Report(LeaseReport report) => throw new NotSupportedException();

        public ValueTask<ExecutionReply> Begin(ExecutionRequest request) => throw new NotSupportedException();

        public ValueTask<ExecutionReply> Extend(ExecutionRequest request) => throw new NotSupportedException();

        public ValueTask<SessionError?> Settle(ExecutionSettlement settlement) => throw new NotSupportedException();

        public ValueTask<ExecutionPage> GetExecutions(long afterSequence, int limit) => throw new NotSupportedException();

        public ValueTask<SessionReply> Get(long seenVersion) => new(Record is { } record
            ? new SessionReply { Snapshot = record.ToSnapshot(), Version = record.Version }
            : new SessionReply { Refusal = new() { Code = SessionErrorCode.SessionNotFound, SessionId = id, Message = $"There is no session {id}." } });

        public ValueTask<SessionReply> WaitForChange(long version, TimeSpan patience) => Get(version);

        private ValueTask<SessionReply> Execute(SessionCommand command)
        {
            if (cluster.Refuse(command) is { } refused)
            {
                return new(new SessionReply { Refusal = refused });
            }

            lock (gate)
            {
                var specification = (command as CreateSession)?.Specification ?? (command as RequestSession)?.Specification;
                var decision = SessionRules.Decide(id, Record, command, new DecisionFacts
                {
                    Now = TimeProvider.System.GetUtcNow(),
                    Template = cluster.FindTemplate(specification?.Template),
                });
                if (decision.Refusal is { } refusal)
                {
                    return new(new SessionReply { Refusal = refusal });
                }

                Record = decision.Next ?? Record;
                return new(new SessionReply { Snapshot = Record!.ToSnapshot(), Version = Record!.Version, Replayed = decision.ReplayOf is not null });
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
