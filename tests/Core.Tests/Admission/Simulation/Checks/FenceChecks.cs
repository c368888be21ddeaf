using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>
/// P4. A change that narrows is committed when its fence is complete, and returns after that. So an admission that the record
/// forbids which is in the row at that true moment is one under old terms, all the more after the return.
/// </summary>
internal static class FenceChecks
{
    // The end of a session is a time on the wall, which an activation sees 20 ms wrong, and a holder counts down by its own clock.
    private static readonly TimeSpan ClockError = TimeSpan.FromMilliseconds(60);

    public static IEnumerable<Violation> Check(History history)
    {
        foreach (var execution in history.Executions)
        {
            var record = history.RecordAt(execution.At);
            var configuration = record.Configuration;
            var why = record.Status != SessionStatus.Active ? $"the session is {record.Status}"
                : record.ExpiresAt + ClockError < Support.Given.Start.AddTicks(execution.At) ? $"its time was up at {record.ExpiresAt:O}"
                : (configuration.Permissions & SessionPermissions.ExecuteFunctions) == 0 ? "the permission is gone"
                : !FunctionPatterns.Match(configuration.FunctionPatterns, execution.Function.ToString()) ? "the function is not among the patterns"
                : null;
            if (why is not null)
            {
                yield return new(Promise.Fenced, execution.At, $"{execution}, but {why} in version {record.Version}");
            }
        }
    }
}
