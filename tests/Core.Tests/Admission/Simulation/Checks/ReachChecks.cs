using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>Whoever goes on asking gets the last unit, whatever others sit upon.</summary>
internal static class ReachChecks
{
    public static IEnumerable<Violation> Check(History history)
    {
        var limit = history.RecordAt(history.End).Configuration.Quotas.Executions;
        if (history.WasAskedToTheEnd && history.FinalExecutions < limit)
        {
            yield return new(Promise.LastUnit, history.End, $"{history.FinalExecutions} used of {limit}");
        }
    }
}
