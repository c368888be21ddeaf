using Npgsql;
using Sessions.TestKit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>Holds a session's row, so that a batch which touches it stays under way for as long as a test wants.</summary>
internal sealed class RowLock : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;

    private RowLock(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (this.connection, this.transaction) = (connection, transaction);

    public static async Task<RowLock> TakeAsync(NpgsqlDataSource source, SessionId id)
    {
        var connection = await source.OpenConnectionAsync();
        var held = new RowLock(connection, await connection.BeginTransactionAsync());
        await held.ExecuteAsync($"SELECT FROM sessions.session WHERE id = '{id}' FOR UPDATE");
        return held;
    }

    /// <summary>Waits until somebody else's statement waits for the row.</summary>
    /// <returns>The process ids of those who wait.</returns>
    public async Task<int[]> BlocksSomebodyAsync()
    {
        int[] blocked = [];
        await Eventually.TrueAsync(
            async () =>
            {
                await using var command = new NpgsqlCommand(
                    "SELECT coalesce(array_agg(pid), '{}') FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))",
                    connection);
                blocked = (int[])(await command.ExecuteScalarAsync())!;
                return blocked.Length > 0;
            },
            "a batch waits for the row");
        return blocked;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Lets go of the row, keeping what was done to it.</summary>
    public Task CommitAsync() => transaction.CommitAsync();

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
