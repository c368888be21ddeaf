using System.Diagnostics;
using Npgsql;
using Sessions.Storage.Postgres;

namespace Sessions.Benchmarks.Time;

/// <summary>The tables of sessions as a program without rules would look after them: what is due goes, in batches, by plain SQL.</summary>
internal sealed class DueTable(string connectionString) : IAsyncDisposable
{
    private const int Batch = 128;
    private readonly NpgsqlDataSource source = SessionsDataSource.Create(connectionString);

    /// <summary>Deletes what is due, with its log, a batch per statement on one connection.</summary>
    /// <returns>How many a second.</returns>
    public async Task<double> DeleteAsync()
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            $"""
            WITH overdue AS (
                SELECT id FROM sessions.session WHERE namespace = $1 AND due_at <= now() ORDER BY due_at LIMIT {Batch}
            ), gone AS (
                DELETE FROM sessions.session WHERE id IN (SELECT id FROM overdue) RETURNING id
            ), unlogged AS (
                DELETE FROM sessions.session_event WHERE session_id IN (SELECT id FROM gone)
            )
            SELECT count(*) FROM gone
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "" });
        await command.PrepareAsync();
        var (deleted, start) = (0L, Stopwatch.GetTimestamp());
        foreach (var name in OverdueSessions.Names)
        {
            command.Parameters[0].Value = name;
            for (var gone = 1L; gone > 0; deleted += gone)
            {
                gone = (long)(await command.ExecuteScalarAsync())!;
            }
        }

        return deleted / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Whether anything is due.</summary>
    public async Task<bool> HasDueAsync()
    {
        await using var connection = await source.OpenConnectionAsync();
        foreach (var name in OverdueSessions.Names)
        {
            await using var command = new NpgsqlCommand(
                "SELECT EXISTS (SELECT FROM sessions.session WHERE namespace = $1 AND due_at <= now())", connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            if ((bool)(await command.ExecuteScalarAsync())!)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How many sessions ended a second, between the first and the last end that the log has.</summary>
    public async Task<double> EndedPerSecondAsync()
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            "SELECT count(*) / extract(epoch FROM max(at) - min(at)) FROM sessions.session_event WHERE type = 'SessionExpired'", connection)
        {
            CommandTimeout = 600,
        };
        return (double)(decimal)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Forgets everything, so that the next turn finds what this one found.</summary>
    public async Task ClearAsync()
    {
        await using var command = source.CreateCommand("TRUNCATE sessions.session, sessions.session_event");
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
