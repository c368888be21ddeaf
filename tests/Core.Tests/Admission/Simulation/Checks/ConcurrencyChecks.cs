using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>
/// P3 for executions at one moment, looked at whenever one is admitted. An execution counts until it ended, or until its holder's
/// lease or its own time to run was over: from then on it is cancelled, and its place is another's. What runs when the quota is
/// lowered goes on, but nothing more is admitted.
/// </summary>
internal static class ConcurrencyChecks
{
    public static IEnumerable<Violation> Check(History history)
    {
        var running = new PriorityQueue<Execution, long>();
        foreach (var execution in history.Executions)
        {
            while (running.TryPeek(out _, out var end) && end <= execution.At)
            {
                running.Dequeue();
            }

            running.Enqueue(execution, execution.CountedEnd);
            var limit = history.RecordAt(execution.At).Configuration.Quotas.Concurrent;
            if (running.Count > limit)
            {
                yield return new(
                    Promise.Concurrency,
                    execution.At,
                    $"{execution}, and {running.Count} run then, of {limit}: {string.Join("; ", running.UnorderedItems.Select(item => item.Element))}");
            }
        }
    }
}
