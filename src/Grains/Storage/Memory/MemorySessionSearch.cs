using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Search;

namespace Sessions.Grains.Storage.Memory;

/// <summary>Lists and counts in memory, from the two orders that sessions are kept in.</summary>
internal sealed class MemorySessionSearch(MemoryDatabase database) : ISessionSearch
{
    /// <summary>How many sessions one question looks at, whatever it finds there.</summary>
    internal int Scan { get; init; } = 20_000;

    /// <inheritdoc/>
    public ValueTask<SearchPage> SearchAsync(
        SessionQuery query, SessionOrder order, SearchPosition? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var found = ImmutableArray.CreateBuilder<SessionRecord>();
            var (looked, last) = (0, after);
            foreach (var place in database.Places.Walk(order, after))
            {
                // There is more. One that is full goes on after what it shows, another after all that was looked at.
                if (looked == Scan || found.Count == limit)
                {
                    return ValueTask.FromResult(new SearchPage(found.ToImmutable(), last));
                }

                (looked, last) = (looked + 1, place);
                if (database.Get(place.Id) is var entry && SearchMatch.Means(query, entry.Record))
                {
                    found.Add(entry.Read());
                }
            }

            return ValueTask.FromResult(new SearchPage(found.ToImmutable(), null));
        }
    }

    /// <inheritdoc/>
    public ValueTask<SearchCount> CountAsync(SessionQuery query, SearchPosition? after, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var places = database.Places.Walk(SearchKeys.OrderForCount(query), after).Take(Scan + 1).ToList();
            var isAll = places.Count <= Scan;
            return ValueTask.FromResult(SearchCount.Of(
                places.Take(Scan)
                    .Select(place => database.Get(place.Id).Record)
                    .Where(record => SearchMatch.Means(query, record))
                    .Select(record => (record.Namespace, record.Status, 1L)),
                isAll ? null : places[Scan - 1]));
        }
    }
}
