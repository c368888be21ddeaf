namespace Sessions.Core.Search;

/// <summary>
/// An order that goes by ends, in two parts: sessions that have one, and then those whose end is open, by when they were requested. Stores
/// have an index for each.
/// </summary>
internal static class EndsOrder
{
    /// <summary>What to ask a store for, and from where on.</summary>
    public static (SessionQuery Query, SessionOrder Order, SearchPosition? After) Part(SessionQuery query, SessionOrder order, SearchPosition? after) =>
        after is not { IsPastEnds: true } ? (query, order, after)
        : (query with { HasEnd = false },
            order == SessionOrder.EndsFirst ? SessionOrder.OldestFirst : SessionOrder.NewestFirst,
            after.Id.IsDefault ? null : after with { IsPastEnds = false });

    /// <summary>Where the list goes on after what a store has answered; null at the end.</summary>
    /// <param name="next">Where the store goes on in its part.</param>
    /// <param name="query">Which sessions the list has.</param>
    /// <param name="order">Its order.</param>
    /// <param name="after">Where it was asked from.</param>
    public static SearchPosition? Next(SearchPosition? next, SessionQuery query, SessionOrder order, SearchPosition? after)
    {
        if (after is { IsPastEnds: true })
        {
            return next is null ? null : next with { IsPastEnds = true };
        }

        return next ?? (SearchKeys.GoesByEnd(order) && MayHaveNone(query) ? new SearchPosition(DateTimeOffset.MinValue, default, IsPastEnds: true) : null);
    }

    // Sessions that have ended have an end; and where the query says when they end, those without one are not meant.
    private static bool MayHaveNone(SessionQuery query) => query.EndsFrom is null && query.EndsBefore is null
        && (query.Statuses.IsEmpty || query.Statuses.Any(status => !Lifecycle.IsFinal(status)));
}
