using Npgsql;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Idle;

/// <summary>What an active session that nobody uses takes of its node's memory, beside an activation of an empty grain.</summary>
internal sealed class MemoryIdleBenchmark : IBenchmark
{
    public const string BenchmarkName = "memory-idle";

    private const int Count = 100_000;
    private const int WarmUpCount = 1_000;

    private PostgresServer? server;
    private string database = "";
    private string rows = "";

    public string Name => BenchmarkName;

    public string Unit => "bytes of managed memory each, lower is better";

    public string AnchorName => $"{Count} activations of an empty grain";

    // Every turn has a node of its own, and memory does not get better with time.
    public int AnchorWarmUpTurns => 0;

    public int WarmUpTurns => 0;

    public int Turns => 2;

    public string Notes => rows;

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        database = await server.CreateDatabaseAsync();
        await SeededSessions.StoreAsync(database, WarmUpCount + Count);
        rows = $"stored with all indexes: {await BytesPerRowAsync("session", "id")} bytes per session, "
            + $"{await BytesPerRowAsync("session_event", "session_id")} per event";
    }

    public Task<double> MeasureAnchorAsync() => MeasureAsync(ColdReadLoad.Bare);

    public Task<double> MeasureFigureAsync() => MeasureAsync(ColdReadLoad.Sessions);

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }

    private async Task<double> MeasureAsync(Func<int, string> read)
    {
        await using var node = await NodeProcess.StartAsync(database);
        await using var load = await WorkerProcess.LoadAsync(Loads.ColdRead, node.Gateway);

        // What the node keeps however many there are, it has after the first ones.
        await load.TurnAsync(read(WarmUpCount));
        var before = await node.Worker.TurnAsync(ActivationTurns.Count);
        await load.TurnAsync(read(WarmUpCount + Count));
        var after = await node.Worker.TurnAsync(ActivationTurns.Count);
        return Grown(ActivationTurns.Bytes) / Grown(ActivationTurns.Activations);

        double Grown(string what) => after.More[what] - before.More[what];
    }

    private async Task<string> BytesPerRowAsync(string table, string key)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"SELECT pg_total_relation_size('sessions.{table}')::float8 / count({key}) FROM sessions.{table}", connection);
        return Spread.Text((double)(await command.ExecuteScalarAsync())!);
    }
}
