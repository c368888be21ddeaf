using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Reads;

/// <summary>Reads and refusals of active sessions per second as they are, beside a node whose proofs of ownership never end.</summary>
internal sealed class FreshReadsBenchmark : IBenchmark
{
    public const string BenchmarkName = "fresh-reads";

    private readonly Side with = new(looks: true);
    private readonly Side without = new(looks: false);
    private PostgresServer? server;

    public string Name => BenchmarkName;

    public string Unit => "calls/s";

    public string AnchorName => "the same on a node that looks only once";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public string Notes =>
        $"{FreshReadsLoad.Callers} callers in a process of their own, half of the calls reads and half refused commands, on PostgreSQL; "
        + $"the node used {with.NodeMicroseconds} µs of CPU per call, {without.NodeMicroseconds} without looks";

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
    private sealed class Side(bool looks) : IAsyncDisposable
    {
        private readonly List<double> nodeMicroseconds = [];
        private NodeProcess? node;
        private WorkerProcess? load;

        public string NodeMicroseconds => Spread.Text(Spread.Of([.. nodeMicroseconds]).Median);

        public async Task StartAsync(PostgresServer server)
        {
            node = await NodeProcess.StartAsync(await server.CreateDatabaseAsync(), looks: looks);
            load = await WorkerProcess.LoadAsync(Loads.FreshReads, node.Gateway);
        }

        public async Task<double> MeasureAsync()
        {
            var before = node!.Worker.ProcessorTime;
            var result = await load!.TurnAsync("read");
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
