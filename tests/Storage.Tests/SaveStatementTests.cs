using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Storage.Postgres;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Tests;

/// <summary>What one save costs must not depend on how many sessions there are.</summary>
public sealed class SaveStatementTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    // Named after what it reproduces: prepared while the table was empty, the statement read the whole index for every batch.
    [PostgresFact]
    public async Task StatementPreparedOnAnEmptyTable_SaveAmongThousands_ReadsOneRow()
    {
        await using var source = SessionsDataSource.Create(database.ConnectionString);
        await using var store = new PostgresSessionStore(
            source, new PostgresStoreOptions(), TimeProvider.System,
            NullLogger<PostgresSessionStore>.Instance);
        await store.InitializeAsync(default);
        await using var connection = await source.OpenConnectionAsync();
        await using var statement = SaveStatement.CreateCommand(connection);
        await statement.PrepareAsync();
        var life = SessionRecords.Life();
        await SaveAsync(statement, life[0]);
        await Task.WhenAll(Enumerable.Range(0, 3000).Select(_ => store.SaveAsync(SessionRecords.Create(), default).AsTask()));

        await using var transaction = await connection.BeginTransactionAsync();
        Assert.True(await SaveAsync(statement, life[1]));
        await using var reads = new NpgsqlCommand(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE schemaname = 'sessions' AND relname = 'session'",
            connection,
            transaction);

        Assert.InRange((long)(await reads.ExecuteScalarAsync())!, 0, 3);
    }

    private static async Task<bool> SaveAsync(NpgsqlCommand statement, SessionSave save)
    {
        var pending = new PendingSave(SaveRow.Of(save));
        await SaveStatement.ExecuteAsync(statement, new[] { pending });
        pending.Publish();
        return await pending.Task;
    }
}
