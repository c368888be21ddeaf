using Sessions.Core.Stored;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Files;

/// <summary>What a session with its events and all indexes takes in the file of SQLite, beside the JSON of its record.</summary>
internal sealed class FileSizeBenchmark : IBenchmark
{
    public const string BenchmarkName = "file-size";

    private const int Count = 100_000;

    private readonly string folder = Directory.CreateTempSubdirectory("sessions-bench-").FullName;
    private double withTwoEvents;

    public string Name => BenchmarkName;

    public string Unit => "bytes per session, lower is better";

    public string AnchorName => "the JSON of a record alone";

    // It is counted, not timed.
    public int AnchorWarmUpTurns => 0;

    public int WarmUpTurns => 0;

    public int Turns => 1;

    public string Notes =>
        $"{Count:n0} sessions, created, with one event each, after a checkpoint; mark: at most 1,200; "
        + $"created and activated, with two events each: {Spread.Text(withTwoEvents)}";

    public async Task PrepareAsync() => withTwoEvents = await MeasureAsync("two-events.db", activate: true);

    public Task<double> MeasureAnchorAsync() => Task.FromResult<double>(StoredRecord.WriteCompact(
        SessionRecords.Create(@namespace: "bench", creator: "bench", at: TimeProvider.System.GetUtcNow()).Record).Length);

    public Task<double> MeasureFigureAsync() => MeasureAsync("one-event.db", activate: false);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<double> MeasureAsync(string name, bool activate)
    {
        var file = Path.Combine(folder, name);
        await SqliteSessions.StoreAsync(file, Count, activate);
        return File.Exists(file + "-wal")
            ? throw new InvalidOperationException($"{file} was closed without a checkpoint.")
            : (double)new FileInfo(file).Length / Count;
    }
}
