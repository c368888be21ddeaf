using Sessions.Benchmarks.Creations;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Events;

/// <summary>Sessions created per second as they are, beside a node that logs no event and publishes none.</summary>
internal sealed class EventsCostBenchmark : IBenchmark
{
    public const string BenchmarkName = "events-cost";

    private const int Callers = 32;

    private readonly Side with = new(events: true);
    private readonly Side without = new(events: false);
    private PostgresServer? server;

    public string Name => BenchmarkName;

    public string Unit => "creations/s";

    public string AnchorName => "the same with the event log and the publishing switched off";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public string Notes =>
        $"{Callers} callers in a process of their own, durable on PostgreSQL, nobody subscribed; "
        + $"the node used {with.NodeMicroseconds} µs of CPU per creation, {without.NodeMicroseconds} without events";

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        await with.StartAsync(server);
        await without.StartAsync(server);
    }

    public Task<double> MeasureAnchorAsync() => without.MeasureAsync();

    public Task<double> MeasureFigureAsync() => with.MeasureAsync();

    public async ValueTask DisposeAsync()
    {
        await with.DisposeAsync();
        await without.DisposeAsync();
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>A node with a database and a load of its own.</summary>
    private sealed class Side(bool events) : IAsyncDisposable
    {
        private readonly List<double> nodeMicroseconds = [];
        private NodeProcess? node;
        private WorkerProcess? load;

        public string NodeMicroseconds => Spread.Text(Spread.Of([.. nodeMicroseconds]).Median);

        public async Task StartAsync(PostgresServer server)
        {
            node = await NodeProcess.StartAsync(await server.CreateDatabaseAsync(), events);
            load = await WorkerProcess.LoadAsync(Loads.Creation, node.Gateway);
        }

        public async Task<double> MeasureAsync()
        {
            var before = node!.Worker.ProcessorTime;
            var result = await load!.TurnAsync(CreationLoad.Create(Callers));
            nodeMicroseconds.Add((node.Worker.ProcessorTime - before).TotalMicroseconds / result.Operations);
            return result.PerSecond;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var part in (IAsyncDisposable?[])[load, node])
            {
                if (part is not null)
                {
                    await part.DisposeAsync();
                }
            }
        }
    }
}
