using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>
/// P3 for compute time: all executions together never take more than the highest quota so far. They count as for concurrency;
/// whoever measures them does so on a clock that may be 1 % slow. Only in sessions that had the quota all the time.
/// </summary>
internal static class ComputeTimeChecks
{
    public static IEnumerable<Violation> Check(History history)
    {
        var (used, most) = (TimeSpan.Zero, TimeSpan.Zero);
        var commits = new Queue<Commit>(history.Commits);
        foreach (var execution in history.Executions.OrderBy(execution => execution.CountedEnd))
        {
            while (commits.TryPeek(out var commit) && commit.At <= execution.CountedEnd)
            {
                if (commit.Record.Configuration.Quotas.ComputeTime is not { } limit)
                {
                    yield break;
                }

                most = limit > most ? limit : most;
                commits.Dequeue();
            }

            used += TimeSpan.FromTicks(Math.Max(0, execution.CountedEnd - execution.At));
            if (used > (most * 1.011) + TimeSpan.FromMilliseconds(1))
            {
                yield return new(Promise.ComputeTime, execution.CountedEnd, $"{used} used of {most}, the last by this: {execution}");
            }
        }
    }
}
