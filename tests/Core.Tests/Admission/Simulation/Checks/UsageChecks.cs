using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>What the session says in the end that was used: all that was admitted, and besides only what was handed out and never used.</summary>
internal static class UsageChecks
{
    public static IEnumerable<Violation> Check(History history)
    {
        if (history.FinalExecutions is not { } used)
        {
            yield break;
        }

        var admitted = history.Executions.Count;
        if (used < admitted)
        {
            yield return new(Promise.NothingForgotten, history.End, $"{used} charged, {admitted} admitted");
        }

        var unused = history.Unused;
        if (used > admitted + unused)
        {
            yield return new(Promise.LittleLost, history.End, $"{used} charged, {admitted} admitted, at most {unused} lost");
        }
    }
}
