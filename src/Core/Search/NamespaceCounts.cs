using System.Collections.Immutable;

namespace Sessions.Core.Search;

/// <summary>Gathers counts of namespaces into those of the level that somebody looks at.</summary>
internal static class NamespaceCounts
{
    /// <summary>
    /// The counts of <paramref name="root"/> itself and of each namespace one level below it, with all that is below that; without a root,
    /// of each tenant.
    /// </summary>
    public static ImmutableArray<NamespaceCount> OneLevelBelow(
        SessionNamespace? root, IReadOnlyDictionary<SessionNamespace, ImmutableSortedDictionary<SessionStatus, long>> counts) =>
    [
        .. counts
            .GroupBy(count => LevelOf(count.Key, root), count => count.Value)
            .Select(level => new NamespaceCount(level.Key, SearchCount.Sum(level)))
            .OrderBy(level => level.Namespace.ToString(), StringComparer.Ordinal),
    ];

    private static SessionNamespace LevelOf(SessionNamespace @namespace, SessionNamespace? root) =>
        @namespace.Path().Take((root?.Path().Count() ?? 0) + 1).Last();
}
