using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Data;

/// <summary>What a read of another session's data costs the node, beside a read of the same size from a grain that judges nothing.</summary>
internal sealed class CrossReadBenchmark : IBenchmark
{
    public const string BenchmarkName = "cross-read";

    private readonly List<double> plainPerSecond = [];
    private readonly List<double> acrossPerSecond = [];
    private NodeProcess? node;
    private WorkerProcess? load;

    public string Name => BenchmarkName;

    public string Unit => "µs of the node's CPU per read, lower is better";

    public string AnchorName => $"read from a grain that holds a value, {CrossReadLoad.Callers} callers through the gateway";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public string Notes =>
        $"values of 1 KiB, callers in a process of their own; {Median(acrossPerSecond)} reads/s across sessions, {Median(plainPerSecond)} plain";

    public async Task PrepareAsync()
    {
        node = await NodeProcess.StartAsync(connectionString: null);
        load = await WorkerProcess.LoadAsync(Loads.CrossRead, node.Gateway);
    }

    public Task<double> MeasureAnchorAsync() => MeasureAsync(CrossReadLoad.Plain, plainPerSecond);

    public Task<double> MeasureFigureAsync() => MeasureAsync(CrossReadLoad.Across, acrossPerSecond);

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in (IAsyncDisposable?[])[load, node])
        {
            if (worker is not null)
            {
                await worker.DisposeAsync();
            }
        }
    }

    private static string Median(List<double> values) => Spread.Text(Spread.Of([.. values]).Median);

    private async Task<double> MeasureAsync(string turn, List<double> perSecond)
    {
        var before = node!.Worker.ProcessorTime;
        var result = await load!.TurnAsync(turn);
        perSecond.Add(result.PerSecond);
        return (node.Worker.ProcessorTime - before).TotalMicroseconds / result.Operations;
    }
}
