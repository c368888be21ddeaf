using System.Collections.Immutable;
using Orleans.Concurrency;
using Sessions.Core;
using Sessions.Core.Search;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Search;

[GrainType("session-search"), StatelessWorker]
internal sealed class SessionSearchGrain(ISessionSearch search) : Grain, ISessionSearchGrain
{
    // One page may hold sessions that are shown late: what the rules would make of them by now is not committed yet.
    public async ValueTask<SessionPage> List(ListSessions request)
    {
        var (query, order) = (request.Query, request.Order);
        var (after, faults) = Place(request.After, query, order, SearchRules.FindFaults(request));
        if (!faults.IsEmpty)
        {
            return new SessionPage { Refusal = SessionError.InvalidConfiguration(null, faults) };
        }

        var part = EndsOrder.Part(query, order, after);
        var page = await search.SearchAsync(part.Query, part.Order, part.After, request.Limit, CancellationToken.None);
        return new SessionPage
        {
            Sessions = [.. page.Sessions.Select(record => record.ToSnapshot())],
            Next = EndsOrder.Next(page.Next, query, order, after) is { } next ? SearchToken.Write(next, query, order) : null,
        };
    }

    public async ValueTask<SessionCount> Count(CountSessions request)
    {
        var query = request.Query;
        var (after, faults) = Place(request.After, query, SessionOrder.Invalid, SearchRules.FindFaults(request));
        if (!faults.IsEmpty)
        {
            return new SessionCount { Refusal = SessionError.InvalidConfiguration(null, faults) };
        }

        var count = await search.CountAsync(query, after, CancellationToken.None);
        return new SessionCount
        {
            ByStatus = count.ByStatus,
            ByNamespace = request.ByNamespace ? NamespaceCounts.OneLevelBelow(query.Namespace, count.ByNamespace) : [],
            Next = count.Next is { } next ? SearchToken.Write(next, query, SessionOrder.Invalid) : null,
        };
    }

    private static (SearchPosition? After, ImmutableArray<ConfigurationFault> Faults) Place(
        string? token, SessionQuery query, SessionOrder order, ImmutableArray<ConfigurationFault> faults)
    {
        if (!faults.IsEmpty || token is null)
        {
            return (null, faults);
        }

        var (place, problem) = SearchToken.Read(token, query, order);
        return (place, problem is null ? [] : [SearchRules.TokenFault(problem)]);
    }
}
