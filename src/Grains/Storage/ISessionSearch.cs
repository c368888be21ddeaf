using System.Collections.Immutable;
using Sessions.Core;

namespace Sessions.Storage;

/// <summary>Sessions by what is stored of them, from what is committed at the moment of asking.</summary>
public interface ISessionSearch
{
    /// <summary>Sessions in order, from a bounded part of what there is.</summary>
    /// <param name="query">Which; well-formed.</param>
    /// <param name="order">In which order.</param>
    /// <param name="after">Where the page before ended; null for the first.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<SearchPage> SearchAsync(
        SessionQuery query, SessionOrder order, SearchPosition? after, int limit, CancellationToken cancellationToken);

    /// <summary>How many there are of each state, in a bounded part of what there is.</summary>
    /// <param name="query">Which; well-formed.</param>
    /// <param name="after">Where the part before ended; null for the first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<SearchCount> CountAsync(SessionQuery query, SearchPosition? after, CancellationToken cancellationToken);
}

/// <summary>A place in an order of sessions: after it comes what compares greater by both, or less where the order goes downwards.</summary>
/// <param name="At">The instant that the order goes by, in whole microseconds.</param>
/// <param name="Id">Breaks ties.</param>
public sealed record SearchPosition(DateTimeOffset At, SessionId Id);

/// <summary>A page of sessions.</summary>
/// <param name="Sessions">In order; perhaps none, though more follow.</param>
/// <param name="Next">Where to go on; null at the end.</param>
public sealed record SearchPage(ImmutableArray<SessionRecord> Sessions, SearchPosition? Next);

/// <summary>A part of a count.</summary>
/// <param name="ByNamespace">How many of each state each namespace has in this part, whatever lies below it; none without any.</param>
/// <param name="Next">Where to go on; null when everything is counted.</param>
public sealed record SearchCount(
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

/// <summary>Questions that need more than one part of what there is.</summary>
public static class SessionSearchExtensions
{
    /// <summary>How many sessions there are of each state, part by part; those that come and go meanwhile are counted or not.</summary>
    public static async ValueTask<ImmutableSortedDictionary<SessionStatus, long>> CountAllAsync(
        this ISessionSearch search, SessionQuery query, CancellationToken cancellationToken)
    {
        var (counts, after) = (ImmutableSortedDictionary<SessionStatus, long>.Empty, (SearchPosition?)null);
        do
        {
            var part = await search.CountAsync(query, after, cancellationToken);
            counts = SearchCount.Sum([counts, part.ByStatus]);
            after = part.Next;
        }
        while (after is not null);
        return counts;
    }
}
