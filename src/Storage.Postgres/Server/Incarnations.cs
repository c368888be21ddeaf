using System.Net;
using Npgsql;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Server;

/// <summary>The nodes that have started at an address, as the cluster's membership has them.</summary>
internal static class Incarnations
{
    /// <summary>The highest generation at an address; null if none is known.</summary>
    /// <exception cref="StoreUnavailableException">The database could not answer.</exception>
    public static async Task<int?> ReadNewestAsync(NpgsqlDataSource dataSource, string clusterId, IPEndPoint silo, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = dataSource.CreateCommand(
                "SELECT max(Generation) FROM public.OrleansSilo WHERE DeploymentId = $1 AND Address = $2 AND Port = $3");
            command.Parameters.Add(new() { Value = clusterId });
            command.Parameters.Add(new() { Value = silo.Address.ToString() });
            command.Parameters.Add(new() { Value = silo.Port });
            return await command.ExecuteScalarAsync(cancellationToken) as int?;
        }
        catch (NpgsqlException e)
        {
            throw DatabaseFault.Explain("The cluster's membership cannot be read", e, dataSource);
        }
    }
}
