using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Search;

namespace Sessions.Grains.Storage.Memory;

/// <content>Lists and counts, from the two orders that sessions are kept in.</content>
public sealed partial class MemorySessionStore : ISessionSearch
{
    private static readonly IComparer<SearchPosition> ByPlace =
        Comparer<SearchPosition>.Create((a, b) => (a.At, a.Id).CompareTo((b.At, b.Id)));

    private static readonly SearchPosition First = new(DateTimeOffset.MinValue, default);
    private static readonly SearchPosition Last = new(DateTimeOffset.MaxValue, SessionId.Parse("s-7" + new string('z', 25)));

    private readonly SortedSet<SearchPosition> byRequest = new(ByPlace);
    private readonly SortedSet<SearchPosition> byEnd = new(ByPlace);

    /// <summary>How many sessions one question looks at, whatever it finds there.</summary>
    internal int SearchScan { get; init; } = 20_000;

    /// <inheritdoc/>
    public ValueTask<SearchPage> SearchAsync(
        SessionQuery query, SessionOrder order, SearchPosition? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            var found = ImmutableArray.CreateBuilder<SessionRecord>();
            var (looked, last) = (0, after);
            foreach (var place in Walk(order, after))
            {
                // There is more. One that is full goes on after what it shows, another after all that was looked at.
                if (looked == SearchScan || found.Count == limit)
                {
                    return ValueTask.FromResult(new SearchPage(found.ToImmutable(), last));
                }

                (looked, last) = (looked + 1, place);
                if (entries[place.Id] is var entry && SearchMatch.Means(query, entry.Record))
                {
                    found.Add(entry.Data.Overlay(entry.Record));
                }
            }

            return ValueTask.FromResult(new SearchPage(found.ToImmutable(), null));
        }
    }

    /// <inheritdoc/>
    public ValueTask<SearchCount> CountAsync(SessionQuery query, SearchPosition? after, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            var places = Walk(SearchKeys.OrderForCount(query), after).Take(SearchScan + 1).ToList();
            var isAll = places.Count <= SearchScan;
            return ValueTask.FromResult(SearchCount.Of(
                places.Take(SearchScan)
                    .Select(place => entries[place.Id].Record)
                    .Where(record => SearchMatch.Means(query, record))
                    .Select(record => (record.Namespace, record.Status, 1L)),
                isAll ? null : places[SearchScan - 1]));
        }
    }

    /// <summary>Keeps the places of a session up to date; called with what is held before and after every change, null for nothing.</summary>
    private void Place(SessionRecord? before, SessionRecord? after)
    {
        Place(byRequest, SessionOrder.OldestFirst);
        Place(byEnd, SessionOrder.EndsFirst);

        void Place(SortedSet<SearchPosition> places, SessionOrder order)
        {
            var from = before is null ? null : SearchKeys.PositionOf(before, order);
            var to = after is null ? null : SearchKeys.PositionOf(after, order);
            if (from == to)
            {
                return;
            }

            if (from is not null)
            {
                places.Remove(from);
            }

            if (to is not null)
            {
                places.Add(to);
            }
        }
    }

    private IEnumerable<SearchPosition> Walk(SessionOrder order, SearchPosition? after)
    {
        var places = SearchKeys.GoesByEnd(order) ? byEnd : byRequest;
        var rest = SearchKeys.IsDescending(order)
            ? places.GetViewBetween(First, after ?? Last).Reverse()
            : places.GetViewBetween(after ?? First, Last);
        return rest.SkipWhile(place => place == after);
    }
}
