using System.Collections.Immutable;
using Npgsql;

namespace Sessions.Storage.Postgres.Reading;

/// <summary>A prepared read.</summary>
internal sealed class StoreQuery<T>(NpgsqlDataSource dataSource, string sql, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, T> read)
{
    public async Task<ImmutableArray<T>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RunOnceAsync(cancellationToken);
        }
        catch (NpgsqlException e) when (IsStaleConnection(e))
        {
            // The pool handed out a connection that had died unnoticed, and has dropped the others since. Reads can be repeated.
            return await RunOnceAsync(cancellationToken);
        }
    }

    private static bool IsStaleConnection(NpgsqlException e) =>
        e.InnerException is IOException or EndOfStreamException
        || e.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown;

    private async Task<ImmutableArray<T>> RunOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter.Clone());
        }

        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = ImmutableArray.CreateBuilder<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows.ToImmutable();
    }
}
