using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Creations;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Idle;

/// <summary>Reads of sessions that are in nobody's memory, beside calls to as many empty grains that are not either.</summary>
internal sealed class ColdActivationBenchmark : IBenchmark
{
    public const string BenchmarkName = "cold-activation";

    // About as long for both.
    private const int Count = 30_000;
    private const int BareCount = 90_000;
    private const int Clients = 16;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    private readonly List<double> lookups = [];
    private PostgresServer? server;
    private NodeProcess? node;
    private WorkerProcess? load;
    private Pgbench? pgbench;
    private CostMeter bare = null!;
    private CostMeter cold = null!;

    public string Name => BenchmarkName;

    public string Unit => "activations/s";

    public string AnchorName => $"first calls to {BareCount} empty grains, {ColdReadLoad.Callers} callers";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public string Notes =>
        $"first reads of {Count} sessions, {ColdReadLoad.Callers} callers in a process of their own; {cold.Cost}; for an empty grain: {bare.Cost}; "
        + $"pgbench, {Clients} clients, looks a session up {Spread.Text(Spread.Of([.. lookups]).Median)} times/s";

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        var database = await server.CreateDatabaseAsync();
        await SeededSessions.StoreAsync(database, Count);
        node = await NodeProcess.StartAsync(database);
        load = await WorkerProcess.LoadAsync(Loads.ColdRead, node.Gateway);
        pgbench = new Pgbench(server, database, new SampleSession(database, SeededSessions.Id(0)).Lookup());
        var processes = await ServerProcesses.OfAsync(database);
        (bare, cold) = (new CostMeter(load, node.Worker, processes), new CostMeter(load, node.Worker, processes));
    }

    public async Task<double> MeasureAnchorAsync()
    {
        lookups.Add(await pgbench!.MeasureAsync(Clients, Duration));
        await node!.Worker.TurnAsync(ActivationTurns.Forget);
        return (await bare.MeasureAsync(ColdReadLoad.Bare(BareCount))).PerSecond;
    }

    public async Task<double> MeasureFigureAsync()
    {
        await node!.Worker.TurnAsync(ActivationTurns.Forget);
        return (await cold.MeasureAsync(ColdReadLoad.Sessions(Count))).PerSecond;
    }

    public async ValueTask DisposeAsync()
    {
        pgbench?.Dispose();
        foreach (var part in (IAsyncDisposable?[])[load, node, server])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }
}
