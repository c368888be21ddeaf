using Sessions.Core;
using Sessions.Core.Search;

namespace Sessions.Cli.Tests;

/// <summary>Finds among records by the real rules, in pages that are shorter than anybody asks for.</summary>
internal sealed class RulesSearch(IEnumerable<SessionRecord> records) : ISessionSearchGrain
{
    private const int MostShown = 2;

    public ValueTask<SessionPage> List(ListSessions request)
    {
        var (query, order) = (request.Query, request.Order);
        var after = request.After is { } token ? SearchToken.Read(token, query, order).Place : null;
        var meant = records
            .Where(record => SearchMatch.Means(query, record))
            .Select(record => (Record: record, Place: SearchKeys.PositionOf(record, order)!))
            .Where(one => one.Place is not null)
            .OrderBy(one => (one.Place.At, one.Place.Id));
        var rest = (SearchKeys.IsDescending(order) ? meant.Reverse() : meant)
            .SkipWhile(one => after is not null && one.Place != after)
            .Skip(after is null ? 0 : 1)
            .ToList();
        var shown = rest.Take(Math.Min(request.Limit, MostShown)).ToList();
        return new(new SessionPage
        {
            Sessions = [.. shown.Select(one => one.Record.ToSnapshot())],
            Next = shown.Count < rest.Count ? SearchToken.Write(shown[^1].Place, query, order) : null,
        });
    }

    public ValueTask<SessionCount> Count(CountSessions request)
    {
        var count = SearchCount.Of(
            records.Where(record => SearchMatch.Means(request.Query, record)).Select(record => (record.Namespace, record.Status, 1L)), null);
        return new(new SessionCount
        {
            ByStatus = count.ByStatus,
            ByNamespace = request.ByNamespace ? NamespaceCounts.OneLevelBelow(request.Query.Namespace, count.ByNamespace) : [],
        });
    }
}
