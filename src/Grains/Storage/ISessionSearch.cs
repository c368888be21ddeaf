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

/// <summary>A place in an order of sessions: after it comes what compares greater, in the direction of the order.</summary>
/// <param name="At">The instant that the order goes by, in whole microseconds.</param>
/// <param name="Id">Breaks ties.</param>
public sealed record SearchPosition(DateTimeOffset At, SessionId Id);

/// <summary>A page of sessions.</summary>
/// <param name="Sessions">In order; perhaps none, though more follow.</param>
/// <param name="Next">Where to go on; null at the end.</param>
public sealed record SearchPage(ImmutableArray<SessionRecord> Sessions, SearchPosition? Next);

/// <summary>A part of a count.</summary>
/// <param name="ByStatus">How many of each state this part has; states without any are left out.</param>
/// <param name="Next">Where to go on; null when everything is counted.</param>
public sealed record SearchCount(ImmutableSortedDictionary<SessionStatus, long> ByStatus, SearchPosition? Next);
