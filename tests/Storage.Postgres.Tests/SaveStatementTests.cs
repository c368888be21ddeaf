using Npgsql;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Saving;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>What one save costs must not depend on how many sessions there are.</summary>
public sealed class SaveStatementTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    // Named after what it reproduces: prepared while the table was empty, the statement read the whole index for every batch.
    [PostgresFact]
    public async Task StatementPreparedOnAnEmptyTable_SaveAmongThousands_ReadsOneRow()
    {
        await using var stage = await Stage.OpenAsync(await NewDatabaseAsync(), SaveParts.None);
        var (store, connection, statement) = stage;
        await statement.PrepareAsync();
        var life = SessionRecords.Life();
        await SaveAsync(statement, life[0]);
        await Task.WhenAll(Enumerable.Range(0, 3000).Select(_ => store.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask()));

        await using var transaction = await connection.BeginTransactionAsync();
        Assert.True(await SaveAsync(statement, life[1]));

        Assert.InRange(await CountAsync(transaction, "seq_tup_read + idx_tup_fetch", "session"), 0, 3);
    }

    [PostgresFact]
    public async Task StatementPlannedForAnEmptyLog_DropAmongThousands_ReadsWhatItDrops()
    {
        await using var source = SessionsDataSource.Create(await NewDatabaseAsync());
        await using var store = await OpenAsync(source);
        await using var connection = await source.OpenConnectionAsync();

        // The worst there is: known to be empty, and dropping before anything is there.
        await ExecuteAsync(connection, "VACUUM sessions.execution");
        await using var statement = SaveStatement.CreateCommand(connection, SaveParts.Executions);
        await statement.PrepareAsync();
        var created = SessionRecords.Create();
        await SaveAsync(statement, created, SaveParts.Executions);
        var full = SessionRecords.Log(created.Record, SessionSave.ExecutionsKept + 1);
        await SaveAsync(statement, full, SaveParts.Executions);
        for (var n = 0; n < 5; n++)
        {
            var other = SessionRecords.Create();
            Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(other, default));
            Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(SessionRecords.Log(other.Record, SessionSave.ExecutionsKept), default));
        }

        // The counts begin with what the server has not collected yet of the saves before.
        await using var transaction = await connection.BeginTransactionAsync();
        var dropped = await CountAsync(transaction, "n_tup_del", "execution");
        var read = await CountAsync(transaction, "seq_tup_read + idx_tup_fetch", "execution");
        Assert.True(await SaveAsync(statement, SessionRecords.Log(full.Record, 20), SaveParts.Executions));

        Assert.Equal(dropped + 20, await CountAsync(transaction, "n_tup_del", "execution"));
        Assert.Equal(read + 20, await CountAsync(transaction, "seq_tup_read + idx_tup_fetch", "execution"));
    }

    [PostgresFact]
    public async Task BatchWithoutExecutions_Saved_DoesNotTouchTheirTable()
    {
        await using var stage = await Stage.OpenAsync(database.ConnectionString, SaveParts.None);
        var (_, connection, statement) = stage;
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.True(await SaveAsync(statement, SessionRecords.Create()));

        await using var locks = new NpgsqlCommand(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'sessions.execution'::regclass", connection, transaction);

        Assert.Equal(0L, await locks.ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task UsageAndEpochChange_Saved_TouchNoIndex()
    {
        await using var stage = await Stage.OpenAsync(database.ConnectionString, SaveParts.None);
        var (_, connection, statement) = stage;
        var created = SessionRecords.Create();
        await SaveAsync(statement, created);
        var granted = SessionRecords.Grant(created.Record);
        var next = granted.Record with { Usage = granted.Record.Usage with { Executions = 10, ComputeTime = TimeSpan.FromSeconds(3) } };

        await using var transaction = await connection.BeginTransactionAsync();
        Assert.True(await SaveAsync(statement, granted with { Record = next }));

        Assert.Equal(1, await CountAsync(transaction, "n_tup_hot_upd", "session"));
    }

    // Named after what it reproduces: beyond a million rows the server compiled the statements of a sweep, each time anew.
    [PostgresFact]
    public async Task StatementThatLooksCostly_IsNeverCompiled()
    {
        await using var source = SessionsDataSource.Create($"{await NewDatabaseAsync()};Options=-c jit_above_cost=0 -c jit_optimize_above_cost=0");
        await using var store = await OpenAsync(source);
        await using var command = source.CreateCommand("EXPLAIN (ANALYZE) SELECT count(*) FROM sessions.session WHERE version > 0");
        await using var reader = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync())
        {
            plan.Add(reader.GetString(0));
        }

        Assert.NotEmpty(plan);
        Assert.DoesNotContain(plan, line => line.StartsWith("JIT", StringComparison.Ordinal));
    }

    // Named after what it reproduces: an index of the sessions that have not ended was on the condition of a state, and so no change of
    // state whatever could leave the indexes alone.
    [PostgresFact]
    public async Task ChangeOfStateThatEndsNothing_Saved_TouchesNoIndex()
    {
        await using var stage = await Stage.OpenAsync(database.ConnectionString, SaveParts.None);
        var (_, connection, statement) = stage;
        var life = SessionRecords.Life();
        Assert.True(await SaveAsync(statement, life[0]));
        Assert.Equal(SessionStatus.Active, life[1].Record.Status);

        await using var transaction = await connection.BeginTransactionAsync();
        Assert.True(await SaveAsync(statement, life[1]));

        Assert.Equal(1, await CountAsync(transaction, "n_tup_hot_upd", "session"));
    }

    [PostgresFact]
    public async Task BatchWithoutAnyMaximum_MakesASessionLive_LocksNoRowBeforehandAndTouchesNoCounter()
    {
        await using var stage = await Stage.OpenAsync(await NewDatabaseAsync(), SaveParts.Live);
        var (store, connection, statement) = stage;
        var life = SessionRecords.Life();
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(life[0], default));
        await store.Policies.SavePolicyAsync(Policy("elsewhere", 10), default);

        await using var transaction = await connection.BeginTransactionAsync();
        var pending = new PendingSave(SaveRow.Of(life[1]));
        Assert.Equal(0, (await SaveStatement.ExecuteAsync(statement, SaveParts.Live, new[] { pending }, new KnownLimits())).Count);

        pending.Publish();
        Assert.Equal(SaveOutcome.Saved, await pending.Task);
        Assert.Equal(0, await CountAsync(transaction, "seq_tup_read + idx_tup_fetch + n_tup_upd", "live_limit"));
        Assert.InRange(await CountAsync(transaction, "seq_tup_read + idx_tup_fetch", "session"), 0, 3);
    }

    [PostgresFact]
    public async Task BatchThatKnowsOfNoMaximum_SomebodyMovesWhereThereIsNone_IsWrittenWithoutReadingCounters()
    {
        await using var stage = await Stage.OpenAsync(await NewDatabaseAsync(), SaveParts.Uncounted);
        var (store, connection, statement) = stage;
        var life = SessionRecords.Life();
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(life[0], default));
        await store.Policies.SavePolicyAsync(Policy("elsewhere", 10), default);

        await using var transaction = await connection.BeginTransactionAsync();
        var pending = new PendingSave(SaveRow.Of(life[1] with { LiveChange = 1 }));
        var limits = new KnownLimits();
        Assert.Equal(SaveParts.Uncounted, SaveStatement.PartsFor(new[] { pending }, limits));
        Assert.Equal(0, (await SaveStatement.ExecuteAsync(statement, SaveParts.Uncounted, new[] { pending }, limits)).Count);

        pending.Publish();
        Assert.Equal(SaveOutcome.Saved, await pending.Task);
        Assert.Equal(0, await CountAsync(transaction, "seq_tup_read + idx_tup_fetch + n_tup_upd", "live_limit"));
        Assert.InRange(await CountAsync(transaction, "seq_tup_read + idx_tup_fetch", "session"), 0, 2);
    }

    [PostgresFact]
    public async Task BatchThatKnowsOfNoMaximum_ThereIsOneAboveASession_NothingIsWrittenAndTheNextCounts()
    {
        await using var stage = await Stage.OpenAsync(await NewDatabaseAsync(), SaveParts.Uncounted);
        var (store, _, statement) = stage;
        var life = SessionRecords.Life();
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(life[0], default));
        var top = life[0].Record.Namespace.ToString().Split('/')[0];
        await store.Policies.SavePolicyAsync(Policy(top, 10), default);

        var moving = new PendingSave(SaveRow.Of(life[1] with { LiveChange = 1 }));
        var staying = new PendingSave(SaveRow.Of(SessionRecords.Life()[0]));
        ArraySegment<PendingSave> batch = new[] { moving, staying };
        var limits = new KnownLimits();
        Assert.Equal(2, (await SaveStatement.ExecuteAsync(statement, SaveParts.Uncounted, batch, limits)).Count);

        Assert.True(limits.CountAny([top]));
        Assert.Equal(SaveParts.Live, SaveStatement.PartsFor(batch, limits));
        Assert.Equal(1, (await store.Sessions.ReadAsync(life[0].Record.Id, default))!.Version);
        Assert.Null(await store.Sessions.ReadAsync(staying.Id, default));
        Assert.Empty(await store.Sessions.ReadEventsAsync(life[0].Record.Id, 1, 10, default));
    }

    private static NamespacePolicy Policy(string @namespace, long? maximum) => new()
    {
        Namespace = SessionNamespace.Parse(@namespace),
        Version = 1,
        Definition = new PolicyDefinition { MaxLiveSessions = maximum },
        SetAt = SessionRecords.Start,
        SetBy = Principal.Parse("alice"),
    };

    private static async Task<string> NewDatabaseAsync() => await (await PostgresServer.Shared).CreateDatabaseAsync();

    private static async Task<PostgresStorage> OpenAsync(NpgsqlDataSource source)
    {
        var store = source.OpenStore();
        await store.Sessions.InitializeAsync(default);
        return store;
    }

    private static async Task<long> CountAsync(NpgsqlTransaction transaction, string what, string table)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {what} FROM pg_stat_xact_user_tables WHERE schemaname = 'sessions' AND relname = '{table}'",
            transaction.Connection,
            transaction);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<bool> SaveAsync(NpgsqlCommand statement, SessionSave save, SaveParts parts = SaveParts.None)
    {
        var pending = new PendingSave(SaveRow.Of(save with { LiveChange = 0 }));
        await SaveStatement.ExecuteAsync(statement, parts, new[] { pending }, new KnownLimits());
        pending.Publish();
        return await pending.Task == SaveOutcome.Saved;
    }

    /// <summary>A statement on a connection of its own, beside a store on the same database.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        private readonly NpgsqlDataSource source;
        private PostgresStorage store = null!;
        private NpgsqlConnection connection = null!;
        private NpgsqlCommand statement = null!;

        private Stage(string connectionString) => source = SessionsDataSource.Create(connectionString);

        public static async Task<Stage> OpenAsync(string connectionString, SaveParts parts)
        {
            var stage = new Stage(connectionString);
            stage.store = await SaveStatementTests.OpenAsync(stage.source);
            stage.connection = await stage.source.OpenConnectionAsync();
            stage.statement = SaveStatement.CreateCommand(stage.connection, parts);
            return stage;
        }

        public void Deconstruct(out PostgresStorage store, out NpgsqlConnection connection, out NpgsqlCommand statement) =>
            (store, connection, statement) = (this.store, this.connection, this.statement);

        public async ValueTask DisposeAsync()
        {
            await statement.DisposeAsync();
            await connection.DisposeAsync();
            await store.DisposeAsync();
            await source.DisposeAsync();
        }
    }
}
