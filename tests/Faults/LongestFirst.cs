using Xunit.Abstractions;

namespace Sessions.Faults;

/// <summary>Starts the test classes that take longest before all others, so that none of them is left to run alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        nameof(KilledSweepTests), nameof(KilledOperationTests), nameof(StaleActivationTests), nameof(KilledNodeTests), nameof(RaceTests),
        nameof(KilledQueueTests), nameof(KilledFeedTests), nameof(RollingRestartTests),
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.FindIndex(
            Longest, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal)) is >= 0 and var place ? place : Longest.Length);
}
