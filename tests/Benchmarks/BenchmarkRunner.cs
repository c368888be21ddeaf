namespace Sessions.Benchmarks;

/// <summary>Runs a benchmark: warms both sides up, and then lets them take turns.</summary>
internal static class BenchmarkRunner
{
    public static async Task<BenchmarkReport> RunAsync(IBenchmark benchmark)
    {
        await benchmark.PrepareAsync();

        for (var turn = 0; turn < Math.Max(benchmark.WarmUpTurns, benchmark.AnchorWarmUpTurns); turn++)
        {
            if (turn < benchmark.AnchorWarmUpTurns)
            {
                await benchmark.MeasureAnchorAsync();
            }

            if (turn < benchmark.WarmUpTurns)
            {
                await benchmark.MeasureFigureAsync();
            }
        }

        var (anchors, figures, ratios) = (new double[benchmark.Turns], new double[benchmark.Turns], new double[benchmark.Turns]);
        for (var turn = 0; turn < benchmark.Turns; turn++)
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
