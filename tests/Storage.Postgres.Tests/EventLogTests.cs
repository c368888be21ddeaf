using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Core;
using Sessions.Core.Events;
using Sessions.Core.Stored;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Log;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>Readers of the log beside transactions that are really open.</summary>
public sealed class EventLogTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    // The reader that passes an event in flight is a reader that nobody sees err: so it is shown here that going by the cursor alone errs.
    [PostgresFact]
    public async Task CommitInFlight_EventsBehindIt_AreReadOnlyAfterIt()
    {
        await using var store = await OpenAsync();
        var root = OwnNamespace();
        var (slow, quick) = (SessionRecords.Create(@namespace: root.ToString()), SessionRecords.Create(@namespace: root.ToString()));
        await SaveAsync(store, slow);
        await WhenFinalAsync(store, root, 1);
        await using var open = await OpenTransaction.BeginAsync(database.Open());

        // What a second save of the session would write, in a transaction that takes its time.
        var paused = SessionRecords.Next(slow.Record, new ActivateSession { Actor = Principal.Parse("alice") });
        await open.LogAsync(paused.Events[0]);
        await SaveAsync(store, quick);

        var during = await store.Log.ReadLogAsync(root, EventCursor.Start, 100, default);
        var byCursorAlone = await ReadByCursorAloneAsync(root, 0);
        await open.CommitAsync();
        await WhenFinalAsync(store, root, 3);
        var after = await store.Log.ReadLogAsync(root, during.Next, 100, default);
        var missed = await ReadByCursorAloneAsync(root, byCursorAlone.Max(row => row.Cursor));

        Assert.Equal(slow.Events.AsEnumerable(), during.Events.Select(e => e.Event));
        Assert.True(during.IsAtHorizon && during.Settled < during.Newest);
        Assert.Equal([.. paused.Events, .. quick.Events], after.Events.Select(e => e.Event));
        Assert.Equal([slow.Record.Id, quick.Record.Id], byCursorAlone.Select(row => row.Id));
        Assert.Empty(missed);
    }

    [PostgresFact]
    public async Task LogRestoredIntoAServerThatIsNotAsFar_NodeStarts_EventsAreReadAgainInOrder()
    {
        var own = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(own);
        await using var store = source.OpenStore();
        await store.Sessions.InitializeAsync(default);
        var root = OwnNamespace();
        var first = SessionRecords.Create(@namespace: root.ToString());
        var next = SessionRecords.Next(first.Record, new ActivateSession { Actor = Principal.Parse("alice") });
        await SaveAsync(store, first);
        await SaveAsync(store, next);
        await using (var command = source.CreateCommand("UPDATE sessions.session_event SET xid = (xid::text::bigint + 1000000000)::text::xid8"))
        {
            await command.ExecuteNonQueryAsync();
        }

        var lost = await store.Log.ReadLogAsync(root, EventCursor.Start, 100, default);
        await store.Sessions.InitializeAsync(default);
        await store.Sessions.InitializeAsync(default);
        var found = await WhenFinalAsync(store, root, 2);
        await SaveAsync(store, SessionRecords.Next(next.Record, new PauseSession { Actor = Principal.Parse("alice") }));
        var all = await WhenFinalAsync(store, root, 3);

        Assert.Empty(lost.Events);
        Assert.Equal([1L, 2L], found.Events.Select(e => e.Event.Sequence));
        Assert.Equal([1L, 2L, 3L], all.Events.Select(e => e.Event.Sequence));
        Assert.True(all.Events[2].Cursor > all.Events[1].Cursor);
    }

    // Whoever went on from the id of a transaction that was never committed would miss an event, if the database crashed and gave the
    // id out again.
    [PostgresFact]
    public async Task TransactionThatWasNotCommitted_LogReadToItsEnd_CursorStaysAtTheLastEvent()
    {
        await using var store = await OpenAsync();
        var root = OwnNamespace();
        var saved = SessionRecords.Create(@namespace: root.ToString());
        await SaveAsync(store, saved);
        await using (var open = await OpenTransaction.BeginAsync(database.Open()))
        {
            await open.LogAsync(SessionRecords.Next(saved.Record, new ActivateSession { Actor = Principal.Parse("alice") }).Events[0]);
        }

        var page = await WhenFinalAsync(store, root, 1);
        var end = await Eventually.Get(
            () => store.Log.ReadLogAsync(root, page.Next, 100, default), rest => rest.Settled > page.Next, "the other transaction is over");

        Assert.Equal((page.Events[0].Cursor, page.Events[0].Cursor), (page.Next, end.Next));
        Assert.True(end.Events.IsEmpty && end.IsAtHorizon);
    }

    [PostgresFact]
    public async Task WritersAllTheTime_ReaderByCursor_SeesEveryEventOnceAndInOrder()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenAsync();
        var root = OwnNamespace();
        var stores = new[] { store, other };
        var writers = Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            for (var life = 0; life < 30; life++)
            {
                foreach (var save in SessionRecords.Life(SessionRecords.Create(@namespace: $"{root}/{n}")))
                {
                    await SaveAsync(stores[(n + life) % 2], save);
                }
            }
        })).ToArray();

        var (read, cursor) = (new List<LoggedEvent>(), EventCursor.Start);
        await Eventually.TrueAsync(
            async () =>
            {
                var page = await store.Log.ReadLogAsync(root, cursor, 50, default);
                read.AddRange(page.Events);
                cursor = page.Next;
                return read.Count >= 8 * 30 * 7;
            },
            "everything is read");
        await Task.WhenAll(writers);

        Assert.Equal(8 * 30 * 7, read.Count);
        Assert.All(
            read.GroupBy(e => e.Event.SessionId),
            session => Assert.Equal([1, 2, 3, 4, 5, 6, 7], session.Select(e => e.Event.Sequence)));
    }

    [PostgresFact]
    public async Task LongStretchOfOthersEvents_OneQuestion_StopsAndSaysHowFarItGot()
    {
        await using var store = await OpenAsync(scan: 10);
        var (root, others) = (OwnNamespace(), OwnNamespace());
        var start = await EndAsync(store);
        for (var n = 0; n < 25; n++)
        {
            await SaveAsync(store, SessionRecords.Create(@namespace: others.ToString()));
        }

        var mine = SessionRecords.Create(@namespace: root.ToString());
        await SaveAsync(store, mine);
        await using var whole = await OpenAsync();
        await WhenFinalAsync(whole, root, 1);

        var (pages, found) = (new List<EventLogPage>(), new List<LoggedEvent>());
        await Eventually.TrueAsync(
            async () =>
            {
                var page = await store.Log.ReadLogAsync(root, pages.Count == 0 ? start : pages[^1].Next, 100, default);
                pages.Add(page);
                found.AddRange(page.Events);
                return found.Count > 0;
            },
            "the event behind the others is found");

        Assert.Equal(mine.Events.AsEnumerable(), found.Select(e => e.Event));
        Assert.True(pages[0].Events.IsEmpty && !pages[0].IsAtHorizon && pages[0].Next > start);
        Assert.True(pages.Count >= 3);
    }

    [PostgresFact]
    public async Task QuestionPlannedForAnEmptyLog_AmongThousands_ReadsWhatItAnswers()
    {
        await using var source = SessionsDataSource.Create(await (await PostgresServer.Shared).CreateDatabaseAsync());
        await using var store = source.OpenStore();
        await store.Sessions.InitializeAsync(default);
        await using var connection = await source.OpenConnectionAsync();
        var empty = await PlanAsync(connection);
        await Task.WhenAll(Enumerable.Range(0, 3000).Select(_ => store.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask()));
        var filled = await PlanAsync(connection);

        Assert.All([empty, filled], plan =>
        {
            Assert.Contains("Index Scan using session_event_place", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Bitmap", plan, StringComparison.Ordinal);
        });
    }

    private static SessionNamespace OwnNamespace() => SessionNamespace.Parse($"log-{Guid.NewGuid():n}");

    private static async Task SaveAsync(PostgresStorage store, SessionSave save) =>
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(save, default));

    // On a shared server another test's transaction may hold readers back for a moment.
    private static Task<EventLogPage> WhenFinalAsync(PostgresStorage store, SessionNamespace within, int events) => Eventually.Get(
        () => store.Log.ReadLogAsync(within, EventCursor.Start, 1000, default), page => page.Events.Length >= events, $"{events} events can be read");

    private static async Task<EventCursor> EndAsync(PostgresStorage store)
    {
        var page = await store.Log.ReadLogAsync(null, EventCursor.Start, 1000, default);
        while (!page.IsAtHorizon)
        {
            page = await store.Log.ReadLogAsync(null, page.Next, 1000, default);
        }

        return page.Next;
    }

    private static async Task<string> PlanAsync(NpgsqlConnection connection)
    {
        await using var prepare = new NpgsqlCommand(
            "DEALLOCATE ALL; PREPARE log(xid8, bigint, text, bigint, bigint) AS " + EventLogQuery.Sql, connection);
        await prepare.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand("EXPLAIN EXECUTE log('0', 0, 'acme', 100, 20000)", connection);
        await using var reader = await explain.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return string.Join('\n', lines);
    }

    private async Task<PostgresStorage> OpenAsync(int scan = 20_000)
    {
        var store = database.Open().OpenStore();
        store = store with { Log = new PostgresEventLog(store.Database) { Scan = scan } };
        await store.Sessions.InitializeAsync(default);
        return store;
    }

    private async Task<List<(long Cursor, SessionId Id)>> ReadByCursorAloneAsync(SessionNamespace within, long after)
    {
        await using var command = database.Open().CreateCommand(
            "SELECT cursor, session_id FROM sessions.session_event WHERE namespace = $1 AND cursor > $2 ORDER BY cursor");
        command.Parameters.Add(new() { Value = within.ToString() });
        command.Parameters.Add(new() { Value = after });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(long, SessionId)>();
        while (await reader.ReadAsync())
        {
            rows.Add((reader.GetInt64(0), SessionId.Parse(reader.GetString(1))));
        }

        return rows;
    }

    /// <summary>A transaction that writes an event and stays open for as long as a test wants.</summary>
    private sealed class OpenTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<OpenTransaction> BeginAsync(NpgsqlDataSource source)
        {
            var connection = await source.OpenConnectionAsync();
            return new OpenTransaction(connection, await connection.BeginTransactionAsync());
        }

        public async Task LogAsync(SessionEvent e)
        {
            await using var command = new NpgsqlCommand(
                """
                INSERT INTO sessions.session_event (session_id, sequence, namespace, type, at, actor, reason, body)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8::json)
                """,
                connection);
            object[] values =
            [
                e.SessionId.ToString(), e.Sequence, e.Namespace.ToString(), e.Type.ToString(), e.At.UtcDateTime, e.Cause.Actor.ToString(),
                (object?)e.Cause.Reason ?? DBNull.Value,
                System.Text.Json.JsonSerializer.Serialize(SessionEventBody.Of(e), StoredJson.Default.SessionEventBody),
            ];
            foreach (var value in values)
            {
                command.Parameters.Add(new() { Value = value });
            }

            await command.ExecuteNonQueryAsync();
        }

        public Task CommitAsync() => transaction.CommitAsync();

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
