using System.Collections.Immutable;

namespace Sessions.Core.Search;

/// <summary>A part of a count.</summary>
/// <param name="ByNamespace">How many of each state each namespace has in this part, whatever lies below it; none without any.</param>
/// <param name="Next">Where to go on; null when everything is counted.</param>
internal sealed record SearchCount(
    ImmutableDictionary<SessionNamespace, ImmutableSortedDictionary<SessionStatus, long>> ByNamespace, SearchPosition? Next)
{
    /// <summary>How many of each state this part has; states without any are left out.</summary>
    public ImmutableSortedDictionary<SessionStatus, long> ByStatus => Sum(ByNamespace.Values);

    /// <summary>A part of a count from numbers that may name a namespace and a state more than once.</summary>
    public static SearchCount Of(IEnumerable<(SessionNamespace Namespace, SessionStatus Status, long Sessions)> counts, SearchPosition? next) => new(
        counts.GroupBy(count => count.Namespace).ToImmutableDictionary(
            within => within.Key,
            within => Sum(within.Select(count => ImmutableSortedDictionary<SessionStatus, long>.Empty.Add(count.Status, count.Sessions)))),
        next);

    /// <summary>The sum of counts, by state.</summary>
    public static ImmutableSortedDictionary<SessionStatus, long> Sum(IEnumerable<IReadOnlyDictionary<SessionStatus, long>> counts) => counts
        .SelectMany(count => count)
        .GroupBy(count => count.Key, count => count.Value)
        .ToImmutableSortedDictionary(status => status.Key, status => status.Sum());
}
