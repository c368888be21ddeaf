using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>
/// P9. Where only activations go away and come back, by a crash or a stop, nobody has to cancel what runs, and what leases have used is
/// counted exactly, however often the accounts were taken over.
/// </summary>
internal static class AdoptionChecks
{
    public static IEnumerable<Violation> Check(History history)
    {
        if (!history.OnlyActivationsWentAway)
        {
            yield break;
        }

        // Who closes a session stops what runs in it.
        foreach (var (at, by, why) in history.TakenAway.Where(taken => !Lifecycle.IsFinal(history.RecordAt(taken.At).Status)))
        {
            yield return new(Promise.GoesOn, at, $"{by} cancelled what ran, because {why}");
        }

        var admitted = history.Executions.Count;
        if (history.IsAllLeased && history.FinalBegun is { } begun && begun != admitted)
        {
            yield return new(Promise.Exact, history.End, $"{begun} have begun by the usage, {admitted} in truth");
        }
    }
}
