using Npgsql;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Anchors;

/// <summary>Updates of the counter in one single row, durable, by many clients that all want it: what a quota in plain SQL costs.</summary>
internal sealed class HotRowAnchor : IDisposable
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    private readonly Pgbench pgbench;
    private readonly int clients;

    private HotRowAnchor(Pgbench pgbench, int clients) => (this.pgbench, this.clients) = (pgbench, clients);

    public string Name => $"pgbench, {clients} clients, UPDATE of one row's counter, prepared";

    /// <param name="server">Should be durable, as what is compared with it is.</param>
    /// <param name="clients">How many want the row at the same time.</param>
    public static async Task<HotRowAnchor> PrepareAsync(PostgresServer server, int clients)
    {
        var database = await server.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "CREATE TABLE counter (id int PRIMARY KEY, used bigint NOT NULL); INSERT INTO counter VALUES (1, 0)", connection);
        await command.ExecuteNonQueryAsync();
        return new HotRowAnchor(new Pgbench(server, database, "UPDATE counter SET used = used + 1 WHERE id = 1;"), clients);
    }

    /// <summary>Updates per second.</summary>
    public Task<double> MeasureAsync() => pgbench.MeasureAsync(clients, Duration);

    public void Dispose() => pgbench.Dispose();
}
