using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Server;

/// <summary>
/// Nodes that ended without a word, all at once: there is nobody left who would declare them dead, and a node that joins has to reach every
/// node that the membership calls active. So it declares those dead itself that nobody answers for and that have given no sign of life.
/// </summary>
/// <param name="dataSource">The database.</param>
/// <param name="clusterId">Whose nodes.</param>
/// <param name="self">Where this node is going to be. What is known of earlier ones there is the runtime's to settle.</param>
/// <param name="silence">For how long a node that is well is never silent.</param>
/// <param name="logger">Told which nodes are gone.</param>
internal sealed partial class DepartedNodes(NpgsqlDataSource dataSource, string clusterId, IPEndPoint self, TimeSpan silence, ILogger logger)
{
    private const int Active = 3;
    private const int Dead = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits until every node that is called active answers or is declared dead; in vain for those that are silent to this node alone.</summary>
    /// <exception cref="StoreUnavailableException">The database could not answer.</exception>
    public async Task DeclareAsync(CancellationToken cancellationToken)
    {
        try
        {
            var begun = TimeProvider.System.GetTimestamp();
            while (true)
            {
                var unreachable = await FindUnreachableAsync(cancellationToken);
                var silent = unreachable.Where(node => node.SilentFor > silence).ToList();
                foreach (var node in silent)
                {
                    await DeclareDeadAsync(node, cancellationToken);
                }

                if (silent.Count == unreachable.Count || TimeProvider.System.GetElapsedTime(begun) > 2 * silence)
                {
                    return;
                }

                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
        catch (NpgsqlException e)
        {
            throw DatabaseFault.Explain("The cluster's membership cannot be read", e, dataSource);
        }
    }

    private async Task<IReadOnlyList<Row>> FindUnreachableAsync(CancellationToken cancellationToken)
    {
        var rows = new List<Row>();
        await using (var command = dataSource.CreateCommand(
            """
            SELECT Address, Port, Generation, IAmAliveTime, now() - IAmAliveTime
            FROM public.OrleansSilo
            WHERE DeploymentId = $1 AND Status = $2 AND NOT (Address = $3 AND Port = $4)
            """))
        {
            command.Parameters.Add(new() { Value = clusterId });
            command.Parameters.Add(new() { Value = Active });
            command.Parameters.Add(new() { Value = self.Address.ToString() });
            command.Parameters.Add(new() { Value = self.Port });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(new(
                    reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetFieldValue<DateTime>(3), reader.GetFieldValue<TimeSpan>(4)));
            }
        }

        var answers = await Task.WhenAll(rows.Select(row => AnswersAsync(row, cancellationToken)));
        return [.. rows.Where((_, i) => !answers[i])];
    }

    private static async Task<bool> AnswersAsync(Row row, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(row.Address), row.Port, patience.Token);
            return true;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <remarks>Only if it has given no sign of life since it was read. Locks the node before the cluster, as every change of the membership does.</remarks>
    private async Task DeclareDeadAsync(Row row, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            WITH gone AS (
                SELECT DeploymentId, Address, Port, Generation FROM public.OrleansSilo
                WHERE DeploymentId = $1 AND Address = $2 AND Port = $3 AND Generation = $4 AND Status = $5 AND IAmAliveTime = $6
                FOR UPDATE
            ), step AS (
                UPDATE public.OrleansCluster SET Version = Version + 1, ChangedAt = now()
                WHERE DeploymentId = $1 AND EXISTS (SELECT FROM gone)
                RETURNING DeploymentId
            )
            UPDATE public.OrleansSilo AS silo SET Status = $7
            FROM gone JOIN step USING (DeploymentId)
            WHERE silo.DeploymentId = gone.DeploymentId AND silo.Address = gone.Address AND silo.Port = gone.Port AND silo.Generation = gone.Generation
            """);
        foreach (var value in (object[])[clusterId, row.Address, row.Port, row.Generation, Active, row.IAmAlive, Dead])
        {
            command.Parameters.Add(new() { Value = value });
        }

        if (await command.ExecuteNonQueryAsync(cancellationToken) > 0)
        {
            LogDeclared(row.Address, row.Port, row.SilentFor);
        }
    }

    private sealed record Row(string Address, int Port, int Generation, DateTime IAmAlive, TimeSpan SilentFor);

    [LoggerMessage(3105, LogLevel.Warning, "The node at {Address}:{Port} is gone: nobody answers there, and it has given no sign of life for {Silence}. It was declared dead.")]
    private partial void LogDeclared(string address, int port, TimeSpan silence);
}
