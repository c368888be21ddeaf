using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>P3 for executions: the n-th admission needs a quota of n at least, at its true moment.</summary>
internal static class ExecutionChecks
{
    public static IEnumerable<Violation> Check(History history) =>
        from numbered in history.Executions.Select((execution, i) => (Execution: execution, Count: i + 1))
        let limit = history.RecordAt(numbered.Execution.At).Configuration.Quotas.Executions
        where numbered.Count > limit
        select new Violation(Promise.Executions, numbered.Execution.At, $"{numbered.Execution} as number {numbered.Count} of {limit}");
}
