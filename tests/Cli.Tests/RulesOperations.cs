using System.Collections.Concurrent;
using Sessions.Cli.Parsing;
using Sessions.Core;
using Sessions.Core.Operations;
using Sessions.Core.Search;

namespace Sessions.Cli.Tests;

/// <summary>Operations that go on by the real rules as soon as somebody waits for them.</summary>
internal sealed class RulesOperations(RulesCluster cluster) : ISessionOperationListGrain
{
    private readonly ConcurrentDictionary<OperationId, RulesOperation> operations = new();

    /// <summary>Whether operations stay where they are, until this is taken back.</summary>
    public bool Hold { get; set; }

    public IEnumerable<OperationSnapshot> All => operations.Values.Select(operation => operation.Record?.Shown).OfType<OperationSnapshot>();

    /// <summary>Told when somebody waits for an operation that is held.</summary>
    public Action OnHeld { get; set; } = () => { };

    public ISessionOperationGrain Of(OperationId id) => operations.GetOrAdd(id, _ => new RulesOperation(this, id));

    public ValueTask<OperationPage> List(ListOperations request) => new(new OperationPage
    {
        Operations = [.. All
            .Where(operation => request.Namespace.Contains(operation.Query.Namespace!.Value) && (request.Actor is null || request.Actor == operation.Actor))
            .OrderByDescending(operation => operation.StartedAt)],
    });

    private sealed class RulesOperation(RulesOperations all, OperationId id) : ISessionOperationGrain
    {
        public OperationRecord? Record { get; private set; }

        private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

        public ValueTask<OperationReply> Start(StartOperation request) => new(Answer(OperationRules.Start(id, Record, request, Now)));

        public ValueTask<OperationReply> Get() => new(Answer());

        public async ValueTask<OperationReply> WaitForChange(long version, TimeSpan patience)
        {
            if (all.Hold)
            {
                all.OnHeld();
                await Task.Delay(patience, TimeProvider.System);
            }
            else if (Record is not null)
            {
                await GoOnAsync();
            }

            return Answer();
        }

        public ValueTask<OperationReply> Cancel(CancelOperation request)
        {
            var reply = Answer(OperationRules.Cancel(id, Record, request, Now));
            return new(reply.Refusal is null ? Answer(OperationRules.EndCancelled(Record!, Now)) : reply);
        }

        private OperationReply Answer(OperationDecision decision)
        {
            if (decision.Refusal is { } refusal)
            {
                return new OperationReply { Refusal = refusal };
            }

            Record = decision.Next;
            return Answer();
        }

        private OperationReply Answer() => Record is { } record
            ? new OperationReply { Operation = record.Shown }
            : new OperationReply { Refusal = Refusals.OperationNotFound(id) };

        private async Task GoOnAsync()
        {
            var record = Record!;
            var meant = all.Meant(record.Shown.Query);
            record = OperationRules.Counted(record, meant.Count, Now);
            record = OperationRules.Take(record, meant, null, Now);
            var answers = new Dictionary<SessionId, SessionError?>();
            foreach (var session in meant)
            {
                var command = OperationRules.CommandFor(record.Shown, session);
                var reply = await (command is CloseSession close ? all.Session(session).Close(close) : all.Session(session).Pause((PauseSession)command));
                answers[session] = reply.Refusal;
            }

            Record = OperationRules.Answer(record, answers, Now);
        }
    }

    private List<SessionId> Meant(SessionQuery query) =>
        [.. cluster.Records.Where(record => SearchMatch.Means(query, record)).Select(record => record.Id)];

    private ISessionGrain Session(SessionId session) => cluster.Session(session);
}
