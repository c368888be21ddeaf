using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Idle;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Creations;

/// <summary>
/// What <see cref="DurableCreateBenchmark"/> does without client, gateway and grain: decided and stored in one process, beside the same
/// pgbench. The difference to that one is what those cost; no arrangement of them can be faster than this.
/// </summary>
internal sealed class StoreCreateBenchmark(int callers) : IBenchmark
{
    private const int Clients = 16;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    private PostgresServer? server;
    private WorkerProcess? load;
    private Pgbench? pgbench;
    private CostMeter meter = null!;

    public string Name => NameFor(callers);

    public string Unit => "sessions/s";

    public string AnchorName => $"pgbench, {Clients} clients, insert + event in one statement, prepared";

    public string Notes => $"{callers} callers beside the store in one process; {meter.Cost}";

    public static string NameFor(int callers) => $"store-create-{callers}";

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        var database = await server.CreateDatabaseAsync();
        await SeededSessions.StoreAsync(database, 1, activate: false);
        load = await WorkerProcess.LoadAsync(Loads.StoreCreation, database);
        meter = new CostMeter(load, null, await ServerProcesses.OfAsync(database));
        pgbench = new Pgbench(server, database, await new SampleSession(database, SeededSessions.Id(0)).CreationAsync());
    }

    public Task<double> MeasureAnchorAsync() => pgbench!.MeasureAsync(Clients, Duration);

    public async Task<double> MeasureFigureAsync() => (await meter.MeasureAsync(StoreCreationLoad.Turn(callers))).PerSecond;

    public async ValueTask DisposeAsync()
    {
        pgbench?.Dispose();
        foreach (var part in (IAsyncDisposable?[])[load, server])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }
}
