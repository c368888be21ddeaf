using Sessions.Core.Search;
using Sessions.Grains.Storage;

namespace Sessions.TestKit;

public sealed partial class FaultyStore : ISessionSearch
{
    private ISessionSearch Search => (ISessionSearch)inner;

    public ValueTask<SearchPage> SearchAsync(
        SessionQuery query, SessionOrder order, SearchPosition? after, int limit, CancellationToken cancellationToken) =>
        Search.SearchAsync(query, order, after, limit, cancellationToken);

    public ValueTask<SearchCount> CountAsync(SessionQuery query, SearchPosition? after, CancellationToken cancellationToken) =>
        query.Namespace == BrokenNamespace
            ? throw new InvalidOperationException("relation \"secret\" does not exist")
            : Search.CountAsync(query, after, cancellationToken);
}
