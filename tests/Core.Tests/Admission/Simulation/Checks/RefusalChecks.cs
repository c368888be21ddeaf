using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>
/// P10. Where everybody can be reached and nobody goes away but activations, whoever is refused for places can count as many executions as the
/// limit allows, each of which ran at some moment between question and answer; and whoever is refused for executions, as many admissions.
/// </summary>
internal static class RefusalChecks
{
    public static IEnumerable<Violation> Check(History history, Build build)
    {
        if (!history.IsUndisturbed && !(history.OnlyActivationsWentAway && history.IsAllLeased))
        {
            yield break;
        }

        // The end of a single execution has to be settled, which takes a few messages.
        var settling = build.Latency.Ticks * 4;
        foreach (var refusal in history.Refusals.Where(refusal => refusal.Dimension == "concurrent"))
        {
            var ran = history.Executions.Count(one =>
                one.DecidedAt <= refusal.At && (one.EndedAt ?? long.MaxValue) + (one.IsSingle ? settling : 0) >= refusal.AskedAt);
            if (ran + history.NeverBegun < refusal.Limit)
            {
                yield return new(
                    Promise.True, refusal.At, $"{refusal.By} was refused although {ran} of {refusal.Limit} ran since {History.Milliseconds(refusal.AskedAt):F1} ms");
            }
        }

        foreach (var refusal in history.Refusals.Where(refusal => history.IsUndisturbed && refusal.Dimension == "executions"))
        {
            var admitted = history.Executions.Count(one => one.DecidedAt <= refusal.At);
            if (admitted + history.NeverBegun < refusal.Limit)
            {
                yield return new(Promise.True, refusal.At, $"{refusal.By} was refused although {admitted} of {refusal.Limit} had been admitted");
            }
        }
    }
}
