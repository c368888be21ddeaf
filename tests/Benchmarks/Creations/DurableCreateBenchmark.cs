using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Creations;

/// <summary>
/// Sessions created, durably, end to end through client, gateway and grain, beside pgbench that stores the same row and the same event
/// in one statement, in the same tables of the same server.
/// </summary>
internal sealed class DurableCreateBenchmark(int callers) : IBenchmark
{
    private const int Clients = 16;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    private readonly CreationStage stage = new();
    private TurnResult? last;

    public string Name => NameFor(callers);

    public string Unit => "sessions/s";

    public string AnchorName => $"pgbench, {Clients} clients, insert + event in one statement, prepared";

    public int WarmUpTurns => CreationStage.WarmUpTurns;

    public string Notes =>
        $"{callers} callers in a process of their own; {stage.Meter.Cost}; p50 {Milliseconds(CreationLoad.P50)}, p99 {Milliseconds(CreationLoad.P99)}";

    public static string NameFor(int callers) => $"durable-create-{callers}";

    public Task PrepareAsync() => stage.StartAsync();

    public Task<double> MeasureAnchorAsync() => stage.Pgbench.MeasureAsync(Clients, Duration);

    public async Task<double> MeasureFigureAsync()
    {
        last = await stage.Meter.MeasureAsync(CreationLoad.Create(callers));
        return last.PerSecond;
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    private string Milliseconds(string which) => Spread.Text(last?.More[which] ?? 0) + " ms";
}
