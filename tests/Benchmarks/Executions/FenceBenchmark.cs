using System.Diagnostics;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Executions;

/// <summary>How long a pause takes while ten holders execute, beside a pause of a session that nobody uses.</summary>
internal sealed class FenceBenchmark : IBenchmark
{
    public const string BenchmarkName = "fence";

    private readonly List<double> longest = [];
    private readonly List<double> dead = [];
    private PostgresServer? server;
    private NodeProcess? node;
    private WorkerProcess? load;

    public string Name => BenchmarkName;

    public string Unit => "ms at p99 of 200 pauses, lower is better";

    public string AnchorName => "pause of a session without holders";

    public int AnchorWarmUpTurns => 2;

    public string Notes =>
        $"10 live holders in one process; longest of all {longest.Max():n1} ms. "
        + $"With a holder that was killed: {string.Join(" / ", dead.Order().Select(ms => ms.ToString("n0", System.Globalization.CultureInfo.InvariantCulture)))} ms";

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        node = await NodeProcess.StartAsync(await server.CreateDatabaseAsync());
        load = await WorkerProcess.LoadAsync(Loads.Fence, node.Gateway);
    }

    public async Task<double> MeasureAnchorAsync() => (await load!.TurnAsync(FenceLoad.Alone)).More[FenceLoad.P99];

    public async Task<double> MeasureFigureAsync()
    {
        var result = await load!.TurnAsync(FenceLoad.Held);
        longest.Add(result.More[FenceLoad.Longest]);
        if (dead.Count < 3)
        {
            dead.Add(await PauseWithADeadHolderAsync());
        }

        return result.More[FenceLoad.P99];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[load, node, server])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }

    private async Task<double> PauseWithADeadHolderAsync()
    {
        await using var sessions = new BenchSessions(node!.Gateway);
        await sessions.StartAsync();
        var handle = await sessions.OpenAsync(BenchSessions.AllQuotas);
        await using (var holder = await WorkerProcess.LoadAsync(Loads.Fence, node.Gateway, handle.Id.ToString()))
        {
            await holder.TurnAsync(FenceLoad.Hold);
            holder.Kill();
        }

        var begun = Stopwatch.GetTimestamp();
        await handle.PauseAsync();
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }
}
