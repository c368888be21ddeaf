using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>
/// P3 for executions in a second. A second is measured on the clock of whoever admits, in whole milliseconds: a clock that runs 1 %
/// fast is through with it after 989 ms of true time. A single execution counts when the session admits it: how long the answer is
/// on its way is not in anybody's hand. What was admitted while the session had no such quota does not count.
/// </summary>
internal static class RateChecks
{
    private static readonly long Second = TimeSpan.FromMilliseconds(999 / 1.01).Ticks;

    public static IEnumerable<Violation> Check(History history)
    {
        var lately = new Queue<Execution>();
        foreach (var execution in history.Executions.OrderBy(execution => execution.DecidedAt))
        {
            if (history.RecordAt(execution.DecidedAt).Configuration.Quotas.PerSecond is not { } limit)
            {
                lately.Clear();
                continue;
            }

            lately.Enqueue(execution);
            while (lately.Peek().DecidedAt <= execution.DecidedAt - Second)
            {
                lately.Dequeue();
            }

            if (lately.Count > limit)
            {
                yield return new(Promise.Rate, execution.DecidedAt, $"{execution}, and {lately.Count} were in the second up to then, of {limit}");
            }
        }
    }
}
