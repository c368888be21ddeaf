using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Creations;

/// <summary>
/// Sessions created and activated, durably, end to end through client, gateway and grain, beside grains that keep the same record by
/// the same rules in Orleans's own ADO.NET storage, on the same server.
/// </summary>
internal sealed class CreateActivateBenchmark(int callers) : IBenchmark
{
    private readonly CreationStage stage = new();
    private TurnResult? last;

    public string Name => NameFor(callers);

    public string Unit => "sessions/s";

    public string AnchorName => $"a grain with the same record in ADO.NET storage, two writes and no events, {callers} callers";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => CreationStage.WarmUpTurns;

    public int WarmUpTurns => CreationStage.WarmUpTurns;

    public string Notes =>
        $"{callers} callers in a process of their own; {stage.Meter.Cost}; p50 {Milliseconds(CreationLoad.P50)}, p99 {Milliseconds(CreationLoad.P99)}";

    public static string NameFor(int callers) => $"create-activate-{callers}";

    public Task PrepareAsync() => stage.StartAsync();

    public async Task<double> MeasureAnchorAsync() => (await stage.Load.TurnAsync(CreationLoad.Stock(callers))).PerSecond;

    public async Task<double> MeasureFigureAsync()
    {
        last = await stage.Meter.MeasureAsync(CreationLoad.CreateAndActivate(callers));
        return last.PerSecond;
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    private string Milliseconds(string which) => Spread.Text(last?.More[which] ?? 0) + " ms";
}
