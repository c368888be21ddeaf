using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>
/// Every command returns when everything that may be out has run out, if its activation runs all the while. Where another one takes
/// the right away meanwhile, it has to be taken back and waited for again.
/// </summary>
internal static class LivenessChecks
{
    // Writes that fail, lost races and clocks that run slow.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(4);

    public static IEnumerable<Violation> Check(History history, Build build)
    {
        foreach (var run in history.Commands.Where(run => !run.WasDisturbed))
        {
            var took = TimeSpan.FromTicks((run.ReturnedAt ?? history.End) - run.BeganAt);
            var most = (build.Timings.Takeover * (1 + history.Takeovers(run))) + build.Timings.Lease + build.Timings.Margin + Slack;
            if (took > most)
            {
                yield return new(Promise.Returns, run.ReturnedAt ?? history.End, $"{run.Name} at {run.By} took {took} {(run.ReturnedAt is null ? "so far" : "")}");
            }
        }
    }
}
