using Sessions.Core.Search;
using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>Lists and counts; counting fails in one namespace.</summary>
internal sealed class FaultySessionSearch(ISessionSearch inner) : ISessionSearch
{
    /// <summary>Counting here fails in the words of a database.</summary>
    public static readonly SessionNamespace BrokenNamespace = SessionNamespace.Parse("broken");

    public ValueTask<SearchPage> SearchAsync(
        SessionQuery query, SessionOrder order, SearchPosition? after, int limit, CancellationToken cancellationToken) =>
        inner.SearchAsync(query, order, after, limit, cancellationToken);

    public ValueTask<SearchCount> CountAsync(SessionQuery query, SearchPosition? after, CancellationToken cancellationToken) =>
        query.Namespace == BrokenNamespace
            ? throw new InvalidOperationException("relation \"secret\" does not exist")
            : inner.CountAsync(query, after, cancellationToken);
}
