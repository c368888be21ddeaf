namespace Sessions.Benchmarks;

/// <summary>Turns of a load, and what an operation costs each of the processes that take part.</summary>
internal sealed class CostMeter(WorkerProcess load, WorkerProcess node, ServerProcesses database)
{
    private readonly List<(double Client, double Node, double Database)> costs = [];

    /// <summary>In microseconds of CPU time, the median of all turns.</summary>
    public string Cost =>
        $"node {Median(cost => cost.Node)} µs, client {Median(cost => cost.Client)} µs, PostgreSQL {Median(cost => cost.Database)} µs of CPU each";

    public async Task<TurnResult> MeasureAsync(string turn)
    {
        var (nodeBefore, databaseBefore) = (node.ProcessorTime, database.ProcessorTime);
        var result = await load.TurnAsync(turn);
        costs.Add((
            result.CpuMicroseconds,
            (node.ProcessorTime - nodeBefore).TotalMicroseconds / result.Operations,
            (database.ProcessorTime - databaseBefore).TotalMicroseconds / result.Operations));
        return result;
    }

    private string Median(Func<(double Client, double Node, double Database), double> part) =>
        Spread.Text(Spread.Of([.. costs.Select(part)]).Median);
}
