using System.Diagnostics;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Files;

/// <summary>From the start of a node's process to its readiness, with sessions in its file, beside a file without any.</summary>
internal sealed class NodeStartBenchmark : IBenchmark
{
    public const string BenchmarkName = "node-start";

    private const int Count = 100_000;

    private readonly string empty = Directory.CreateTempSubdirectory("sessions-bench-").FullName;
    private readonly string full = Directory.CreateTempSubdirectory("sessions-bench-").FullName;
    private readonly List<double> emptySeconds = [];
    private readonly List<double> fullSeconds = [];

    public string Name => BenchmarkName;

    public string Unit => "seconds, lower is better";

    public string AnchorName => "a file that has a schema and no session";

    // A node begins anew in every turn: what gets warm is the cache of the disk.
    public int AnchorWarmUpTurns => 1;

    public int WarmUpTurns => 1;

    /// <summary>Pair by pair, in the order of the run.</summary>
    public string Notes
    {
        get
        {
            var pairs = emptySeconds.TakeLast(IBenchmark.UsualTurns).Zip(fullSeconds.TakeLast(IBenchmark.UsualTurns)).ToArray();
            return $"{Count:n0} active sessions with two events each; "
                + $"over the empty file: {Spread.Of([.. pairs.Select(pair => pair.Second - pair.First)])} s; mark: at most 2 s"
                + string.Concat(pairs.Select((pair, n) =>
                    $"{Environment.NewLine}  pair {n + 1}: empty {Spread.Text(pair.First)} s, full {Spread.Text(pair.Second)} s, "
                    + $"difference {Spread.Text(pair.Second - pair.First)} s"));
        }
    }

    public async Task PrepareAsync()
    {
        await SqliteSessions.StoreAsync(FileIn(empty), count: 0, activate: false);
        await SqliteSessions.StoreAsync(FileIn(full), Count, activate: true);
    }

    public Task<double> MeasureAnchorAsync() => MeasureAsync(empty, emptySeconds);

    public Task<double> MeasureFigureAsync() => MeasureAsync(full, fullSeconds);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(empty, recursive: true);
        Directory.Delete(full, recursive: true);
        return ValueTask.CompletedTask;
    }

    // The name that a node gives it.
    private static string FileIn(string folder) => Path.Combine(folder, "sessions.db");

    private static async Task<double> MeasureAsync(string folder, List<double> seconds)
    {
        var start = Stopwatch.GetTimestamp();
        await using var node = await SiloProcess.StartAsync(
            connectionString: null, "Sessions:Storage=sqlite", "Sessions:DataDirectory=" + folder);
        seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        await node.StopAsync();
        return seconds[^1];
    }
}
