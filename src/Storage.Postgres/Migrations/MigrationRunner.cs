using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Server;

namespace Sessions.Storage.Postgres.Migrations;

/// <summary>
/// Brings a database up to this build. Each step is a transaction of its own under one advisory lock, so that any number of
/// silos may start at once, and one that is killed half-way leaves whole steps behind.
/// </summary>
internal sealed partial class MigrationRunner(NpgsqlDataSource dataSource, ILogger logger, IReadOnlyList<Migration>? migrations = null)
{
    // "sessions", in ASCII.
    private const long LockKey = 0x73657373696F6E73;

    // NULLS NOT DISTINCT came with it.
    private const int OldestServer = 15;

    private readonly IReadOnlyList<Migration> migrations = migrations ?? All;

    /// <summary>The steps that this build knows.</summary>
    public static IReadOnlyList<Migration> All { get; } = Migration.In(typeof(MigrationRunner).Assembly);

    /// <exception cref="StoreUnavailableException">The database cannot be reached, or is not one that this build knows.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Migration? step = null;
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            if (connection.PostgreSqlVersion.Major < OldestServer)
            {
                throw new StoreUnavailableException(
                    $"The server is PostgreSQL {connection.PostgreSqlVersion}; sessions need version {OldestServer} or newer.");
            }

            do
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", cancellationToken);
                var applied = await ReadAppliedAsync(connection, cancellationToken);
                Verify(applied);
                step = migrations.ElementAtOrDefault(applied.Count);
                if (step is not null)
                {
                    await ApplyAsync(connection, step, cancellationToken);
                    await transaction.CommitAsync(cancellationToken);
                    LogApplied(step);
                }
            }
            while (step is not null);
        }
        catch (NpgsqlException e)
        {
            throw DatabaseFault.Explain(
                step is null ? "The schema cannot be checked" : $"Migration {step} failed and was undone", e, dataSource);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // Another silo may be at a long step: waiting for it has no limit of its own.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<Applied>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new List<Applied>();
        await using (var exists = new NpgsqlCommand("SELECT to_regclass('sessions.migration') IS NOT NULL", connection))
        {
            // Asked first, so that a silo without the right to create anything can start upon a schema that is up to date.
            if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            {
                return applied;
            }
        }

        await using var command = new NpgsqlCommand("SELECT version, name, checksum FROM sessions.migration ORDER BY version", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(new Applied(reader.GetInt32(0), reader.GetString(1), reader.GetString(2)));
        }

        return applied;
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, Migration step, CancellationToken cancellationToken)
    {
        if (step.Version == 1)
        {
            await ExecuteAsync(
                connection,
                """
                CREATE SCHEMA IF NOT EXISTS sessions;
                CREATE TABLE sessions.migration
                (
                    version    int PRIMARY KEY,
                    name       text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now(),
                    checksum   text NOT NULL
                );
                """,
                cancellationToken);
        }

        await ExecuteAsync(connection, step.Sql, cancellationToken);
        await using var record = new NpgsqlCommand(
            "INSERT INTO sessions.migration (version, name, checksum) VALUES ($1, $2, $3)", connection)
        {
            Parameters = { new() { Value = step.Version }, new() { Value = step.Name }, new() { Value = step.Checksum } },
        };
        await record.ExecuteNonQueryAsync(cancellationToken);
    }

    private void Verify(List<Applied> applied)
    {
        for (var i = 0; i < applied.Count; i++)
        {
            var found = applied[i];
            var known = migrations.ElementAtOrDefault(i);
            if (found.Version != known?.Version)
            {
                throw new StoreUnavailableException(
                    $"The database has the migration {found.Version} ('{found.Name}'), which this build does not know. "
                    + "Run a build that is at least as new as the one that was here before.");
            }

            if (found.Checksum != known.Checksum)
            {
                throw new StoreUnavailableException(
                    $"The database's migration {found.Version} ('{found.Name}') is not the one of this build, {known}. "
                    + "It was made by another product or a changed build; use a database of its own.");
            }
        }
    }

    [LoggerMessage(3101, LogLevel.Information, "Applied the migration {Migration}.")]
    private partial void LogApplied(Migration migration);

    private sealed record Applied(int Version, string Name, string Checksum);
}
