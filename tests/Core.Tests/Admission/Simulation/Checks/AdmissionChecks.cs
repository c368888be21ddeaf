using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation.Checks;

/// <summary>Says what is wrong with a history. Knows the promises, not the code.</summary>
internal static class AdmissionChecks
{
    private static readonly Func<History, Build, IEnumerable<Violation>>[] All =
    [
        (history, _) => FenceChecks.Check(history),
        (history, _) => ExecutionChecks.Check(history),
        (history, _) => ConcurrencyChecks.Check(history),
        (history, _) => RateChecks.Check(history),
        (history, _) => ComputeTimeChecks.Check(history),
        (history, _) => UsageChecks.Check(history),
        (history, _) => ReachChecks.Check(history),
        (history, _) => AdoptionChecks.Check(history),
        RefusalChecks.Check,
        LivenessChecks.Check,
    ];

    /// <summary>The first breach of every promise that was broken.</summary>
    public static IReadOnlyList<Violation> Check(History history, Build build) =>
        [.. All.Select(check => check(history, build).FirstOrDefault()).OfType<Violation>()];
}

/// <summary>A promise that was broken.</summary>
/// <param name="Promise">Which one.</param>
/// <param name="At">When, in true time.</param>
/// <param name="What">By what.</param>
internal sealed record Violation(string Promise, long At, string What)
{
    public override string ToString() => $"{Promise} ({History.Milliseconds(At):F1} ms): {What}";
}

/// <summary>The promises, by name.</summary>
internal static class Promise
{
    public const string Fenced = "nothing is admitted under old terms";
    public const string Executions = "no execution beyond the quota";
    public const string Concurrency = "no more at a time than the quota";
    public const string Rate = "no more in a second than the quota";
    public const string ComputeTime = "no more compute time than the quota";
    public const string NothingForgotten = "what was admitted is charged";
    public const string LittleLost = "only what was handed out is charged for nothing";
    public const string GoesOn = "what runs goes on";
    public const string Exact = "usage says exactly what ran";
    public const string True = "what is refused for a limit had reached it";
    public const string LastUnit = "the last unit is reached";
    public const string Returns = "every command returns in time";
}
