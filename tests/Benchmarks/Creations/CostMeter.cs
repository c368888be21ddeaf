using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Creations;

/// <summary>Turns of a load, and what an operation costs each of the processes that take part.</summary>
/// <param name="load">The load.</param>
/// <param name="node">The node that it asks; null if it does without.</param>
/// <param name="database">The database behind.</param>
internal sealed class CostMeter(WorkerProcess load, WorkerProcess? node, ServerProcesses database)
{
    private readonly List<(double Client, double Node, double Database)> costs = [];

    /// <summary>In microseconds of CPU time, the median of the turns that count; in those before, the compiler costs most.</summary>
    public string Cost =>
        $"{(node is null ? "" : $"node {Median(cost => cost.Node)} µs, ")}client {Median(cost => cost.Client)} µs, PostgreSQL {Median(cost => cost.Database)} µs of CPU each";

    public async Task<TurnResult> MeasureAsync(string turn)
    {
        var (nodeBefore, databaseBefore) = (node?.ProcessorTime ?? default, database.ProcessorTime);
        var result = await load.TurnAsync(turn);
        costs.Add((
            result.CpuMicroseconds,
            ((node?.ProcessorTime ?? default) - nodeBefore).TotalMicroseconds / result.Operations,
            (database.ProcessorTime - databaseBefore).TotalMicroseconds / result.Operations));
        return result;
    }

    private string Median(Func<(double Client, double Node, double Database), double> part) =>
        Spread.Text(Spread.Of([.. costs.TakeLast(IBenchmark.UsualTurns).Select(part)]).Median);
}
