using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Server;

/// <summary>
/// Knows whether the database is the one that nodes last started on. A dump has the cluster's membership in it: a node on the restored copy
/// would join the nodes of the original, and a session that is created through it would be saved there.
/// </summary>
internal sealed partial class HomeDatabase(NpgsqlDataSource dataSource, ILogger logger)
{
    // "home", in ASCII.
    private const long LockKey = 0x686F6D65;

    private const string Here =
        """
        SELECT system_identifier, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        FROM pg_catalog.pg_control_system()
        """;

    /// <summary>Forgets the nodes of the original, if this is a copy. Several nodes may do so at once.</summary>
    /// <exception cref="StoreUnavailableException">The database could not answer.</exception>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", cancellationToken);
            var (isKnown, isHere) = await ReadAsync(connection, cancellationToken);
            if (isKnown && isHere)
            {
                return;
            }

            var forgotten = 0;
            if (isKnown)
            {
                forgotten = await ExecuteAsync(connection, "DELETE FROM public.OrleansSilo", cancellationToken);
                await ExecuteAsync(connection, "DELETE FROM public.OrleansCluster", cancellationToken);
            }

            await ExecuteAsync(
                connection,
                $"""
                INSERT INTO sessions.home (system_identifier, database_oid) {Here}
                ON CONFLICT (only_one) DO UPDATE
                SET system_identifier = excluded.system_identifier, database_oid = excluded.database_oid, since = now()
                """,
                cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (isKnown)
            {
                LogCopied(forgotten);
            }
        }
        catch (NpgsqlException e)
        {
            throw DatabaseFault.Explain("The database cannot be identified", e, dataSource);
        }
    }

    private static async Task<(bool IsKnown, bool IsHere)> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT (home.system_identifier, home.database_oid) = ({Here}) FROM sessions.home AS home", connection);
        var isHere = await command.ExecuteScalarAsync(cancellationToken);
        return (isHere is not null, isHere is true);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(3104, LogLevel.Warning, "The content of the database was restored from another one; the {Nodes} nodes of that one were removed from the cluster's membership.")]
    private partial void LogCopied(int nodes);
}
