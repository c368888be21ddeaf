using Npgsql;
using Sessions.Client;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>An operation over thousands of sessions, whose node is killed again and again.</summary>
public sealed class KilledOperationTests
{
    private const int Sessions = 3600;
    private const int Callers = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly SessionNamespace Namespace = SessionNamespace.Parse("acme/term");

    [PostgresFact]
    public async Task NodeOfTheOperation_KilledAgainAndAgain_EverySessionIsClosedOnceAndCountedOnce()
    {
        await using var nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.ConnectAsync();
        await using var store = nodes.Source.OpenStore();
        var sessions = await MakeAsync(client.Sessions);

        var operation = await client.Sessions.CloseAllAsync(new() { Namespace = Namespace }, new() { Reason = "the end of the term" });
        await ReachesAsync(store, operation.Id, Sessions / 8);
        var stopped = await KillNodeOfAsync(operation.Id);

        // Nobody asks for the operation: a keeper has to find it.
        await ReachesAsync(store, operation.Id, stopped + 1);
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        var following = operation.WaitAsync(timeout.Token);
        for (var kill = 0; kill < 2; kill++)
        {
            await ReachesAsync(store, operation.Id, stopped + (Sessions / 8));
            stopped = await KillNodeOfAsync(operation.Id);
        }

        // Otherwise nothing was left for the other node to do.
        Assert.True(stopped < Sessions, $"{stopped} were answered when the last node was killed");
        var ended = await following;

        Assert.Equal((OperationStatus.Done, (long?)Sessions), (ended.Status, ended.Total));
        Assert.Equal((Sessions, 0L, 0L), (ended.Done, ended.Skipped, ended.Refused));
        await Parallel.ForEachAsync(sessions, new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (id, _) =>
        {
            var events = await store.Sessions.ReadEventsAsync(id, 0, 100, default);
            var closed = Assert.Single(events, e => e.Type == SessionEventType.SessionClosed);
            Assert.Equal((Principal.Parse("alice"), $"{operation.Id}: the end of the term"), (closed.Cause.Actor, closed.Cause.Reason));
            Assert.Equal(Enumerable.Range(1, events.Length).Select(n => (long)n), events.Select(e => e.Sequence));
        });

        async Task<long> KillNodeOfAsync(OperationId id)
        {
            var at = await Eventually.Get(
                async () => await client.FindSiloAsync(grains => grains.GetOperation(id)),
                silo => nodes.IndexOf(silo) >= 0,
                "the operation is on a node");
            await nodes.KillAsync(nodes.IndexOf(at));

            // However slowly the node comes back, the other has not done everything by then: it cannot save how far it is.
            await using var connection = await nodes.Source.OpenConnectionAsync();
            await using var holding = await connection.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand("SELECT 1 FROM sessions.operation FOR UPDATE", connection, holding);
            await hold.ExecuteNonQueryAsync();
            var answered = (await store.Operations.ReadOperationAsync(id, default))!.Shown.Answered;
            await nodes.ReviveAsync(nodes.IndexOf(at));
            return answered;
        }
    }

    private static async Task ReachesAsync(PostgresStorage store, OperationId operation, long answered) => await Eventually.PassesAsync(
        async () => (await store.Operations.ReadOperationAsync(operation, default))!.Shown is { IsFinal: false } shown ? shown.Answered : long.MaxValue,
        answered - 1,
        $"{answered} sessions are answered");

    private static async Task<SessionId[]> MakeAsync(SessionsClient client)
    {
        var ids = Enumerable.Range(0, Sessions).Select(_ => SessionId.New()).ToArray();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (id, cancellationToken) =>
            await client.CreateAsync(
                new() { Id = id, Namespace = Namespace, Creator = Principal.Parse("alice") }, cancellationToken));
        return ids;
    }
}
