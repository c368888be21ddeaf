namespace Sessions.Benchmarks;

/// <summary>Runs a benchmark: warms both sides up, and then lets them take turns.</summary>
internal static class BenchmarkRunner
{
    private const int Turns = 5;
    private const int WarmUpTurns = 4;

    public static async Task<BenchmarkReport> RunAsync(IBenchmark benchmark)
    {
        await benchmark.PrepareAsync();

        // Not counted: the compiler still improves the code of a node in its first twenty seconds under load.
        for (var turn = 0; turn < Math.Max(WarmUpTurns, benchmark.AnchorWarmUpTurns); turn++)
        {
            if (turn < benchmark.AnchorWarmUpTurns)
            {
                await benchmark.MeasureAnchorAsync();
            }

            if (turn < WarmUpTurns)
            {
                await benchmark.MeasureFigureAsync();
            }
        }

        var (anchors, figures, ratios) = (new double[Turns], new double[Turns], new double[Turns]);
        for (var turn = 0; turn < Turns; turn++)
        {
            anchors[turn] = await benchmark.MeasureAnchorAsync();
            figures[turn] = await benchmark.MeasureFigureAsync();
            ratios[turn] = figures[turn] / anchors[turn];
        }

        return new BenchmarkReport
        {
            Name = benchmark.Name,
            Unit = benchmark.Unit,
            AnchorName = benchmark.AnchorName,
            Anchors = Spread.Of(anchors),
            Figures = Spread.Of(figures),
            Ratio = Spread.Of(ratios),
            Notes = benchmark.Notes,
        };
    }
}
