using System.Collections.Immutable;
using Sessions.Core.Search;

namespace Sessions.Grains.Storage;

/// <summary>Sessions by what is stored of them, from what is committed at the moment of asking.</summary>
internal interface ISessionSearch
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

/// <summary>Questions that need more than one part of what there is.</summary>
internal static class SessionSearchExtensions
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
