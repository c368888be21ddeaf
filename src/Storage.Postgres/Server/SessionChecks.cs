using Npgsql;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Server;

/// <summary>What a node proves about its database before it uses it, because to find out later is to lose writes.</summary>
internal sealed class SessionChecks(NpgsqlDataSource dataSource)
{
    private const string Setting = "sessions.connection";

    // Tables that every node reads and writes: ours, and those of the cluster's membership and of grains.
    private const string MissingRights =
        """
        SELECT t.relnamespace::regnamespace || '.' || t.relname
        FROM pg_catalog.pg_class AS t
        WHERE (t.relnamespace = 'sessions'::regnamespace AND t.relname <> 'migration'
               OR t.relnamespace = 'public'::regnamespace AND t.relname IN ('orleanscluster', 'orleanssilo', 'orleansstorage'))
            AND t.relkind IN ('r', 'p')
            AND NOT (has_table_privilege(t.oid, 'SELECT') AND has_table_privilege(t.oid, 'INSERT')
                AND has_table_privilege(t.oid, 'UPDATE') AND has_table_privilege(t.oid, 'DELETE'))
        ORDER BY 1
        """;

    /// <summary>
    /// Proves that a connection of ours is one session of the server. A pooler that gives every transaction another one mixes up prepared
    /// statements and settings: a statement of another connection would be executed with our values.
    /// </summary>
    /// <exception cref="StoreUnavailableException">It is not, or the database could not answer.</exception>
    public async Task ProveSessionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var one = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var other = await dataSource.OpenConnectionAsync(cancellationToken);

            // Whichever way a pooler chooses among its sessions, the second connection gets that of the first in one of the two rounds, or the
            // first does not get it again.
            for (var between = 1; between <= 2; between++)
            {
                await SetAsync(one, "one", cancellationToken);
                for (var i = 0; i < between; i++)
                {
                    await SetAsync(other, "other", cancellationToken);
                }

                if (await ReadAsync(one, cancellationToken) != "one")
                {
                    throw new StoreUnavailableException(
                        "The connections to PostgreSQL do not keep their sessions: a pooler gives every transaction another one. "
                        + "Connect to the server directly, or set the pooler to session pooling (pool_mode = session in pgbouncer).");
                }
            }

            await SetAsync(one, "", cancellationToken);
            await SetAsync(other, "", cancellationToken);
        }
        catch (NpgsqlException e)
        {
            throw DatabaseFault.Explain("The database cannot be used", e, dataSource);
        }
    }

    /// <summary>Proves that the role may read and write every table.</summary>
    /// <exception cref="StoreUnavailableException">It may not, or the database could not answer.</exception>
    public async Task ProveRightsAsync(CancellationToken cancellationToken)
    {
        var tables = new List<string>();
        try
        {
            await using var command = dataSource.CreateCommand(MissingRights);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                tables.Add(reader.GetString(0));
            }
        }
        catch (NpgsqlException e)
        {
            throw DatabaseFault.Explain("The rights of the role cannot be checked", e, dataSource);
        }

        if (tables.Count > 0)
        {
            var role = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString).Username;
            throw new StoreUnavailableException(
                $"The role '{role}' lacks SELECT, INSERT, UPDATE or DELETE on {string.Join(", ", tables)}. Grant them; docs/operations.md lists the rights of the role.");
        }
    }

    private static async Task SetAsync(NpgsqlConnection connection, string value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT set_config('{Setting}', $1, false)", connection) { Parameters = { new() { Value = value } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<string?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT current_setting('{Setting}', true)", connection);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }
}
