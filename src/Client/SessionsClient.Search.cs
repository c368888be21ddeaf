using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Sessions.Client;

/// <content>Finds and counts sessions.</content>
public sealed partial class SessionsClient
{
    /// <summary>
    /// The sessions that a query means, as they are committed when their page is read; for as long as the caller takes them. Those that are
    /// meant all the while are given exactly once; see <see cref="SessionPage"/>.
    /// </summary>
    /// <param name="query">Which. Default: all.</param>
    /// <param name="order">In which order.</param>
    /// <param name="pageSize">How many to ask for at once, 1 to 1,000.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidConfigurationException">The query is not well-formed; all faults are listed.</exception>
    public async IAsyncEnumerable<SessionSnapshot> ListAsync(
        SessionQuery? query = null,
        SessionOrder order = SessionOrder.NewestFirst,
        int pageSize = 100,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ListSessions { Query = query ?? SessionQuery.All, Order = order, Limit = pageSize };
        do
        {
            var page = await ListPageAsync(request, cancellationToken);
            foreach (var session in page.Sessions)
            {
                yield return session;
            }

            request = request with { After = page.Next };
        }
        while (request.After is not null);
    }

    /// <summary>One page of sessions. It may have fewer than asked for, or none, though <see cref="SessionPage.Next"/> says that more follow.</summary>
    /// <exception cref="InvalidConfigurationException">The question is not well-formed, or goes on from a page of another one; all faults are listed.</exception>
    public Task<SessionPage> ListPageAsync(ListSessions request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Preflight.Check(request);
        return Caller.CallAsync(
            new CallSubject("List"), () => Grains.Search().List(request), static page => page.Refusal, cancellationToken);
    }

    /// <summary>
    /// How many sessions a query means, by state; a state without sessions is left out. Counted part by part: those that come and go
    /// meanwhile are counted or not.
    /// </summary>
    /// <exception cref="InvalidConfigurationException">The query is not well-formed; all faults are listed.</exception>
    public async Task<ImmutableSortedDictionary<SessionStatus, long>> CountAsync(
        SessionQuery? query = null, CancellationToken cancellationToken = default)
    {
        var counts = new SortedDictionary<SessionStatus, long>();
        await foreach (var part in CountPartsAsync(query, byNamespace: false, cancellationToken))
        {
            Add(counts, part.ByStatus);
        }

        return counts.ToImmutableSortedDictionary();
    }

    /// <summary>
    /// The same for the query's namespace itself and for each one level below it, with all that is below that; of a query without a
    /// namespace, for each tenant. In ordinal order; those without sessions are left out.
    /// </summary>
    /// <exception cref="InvalidConfigurationException">The query is not well-formed; all faults are listed.</exception>
    public async Task<ImmutableArray<NamespaceCount>> CountByNamespaceAsync(
        SessionQuery? query = null, CancellationToken cancellationToken = default)
    {
        var counts = new SortedDictionary<string, SortedDictionary<SessionStatus, long>>(StringComparer.Ordinal);
        await foreach (var part in CountPartsAsync(query, byNamespace: true, cancellationToken))
        {
            foreach (var (within, byStatus) in part.ByNamespace)
            {
                if (!counts.TryGetValue(within.ToString(), out var sum))
                {
                    counts[within.ToString()] = sum = [];
                }

                Add(sum, byStatus);
            }
        }

        return [.. counts.Select(count => new NamespaceCount(SessionNamespace.Parse(count.Key), count.Value.ToImmutableSortedDictionary()))];
    }

    /// <summary>The number of sessions in each state, in a namespace and all below it, or in all; a state without sessions is left out.</summary>
    public Task<ImmutableSortedDictionary<SessionStatus, long>> CountByStatusAsync(
        SessionNamespace? within = null, CancellationToken cancellationToken = default) =>
        CountAsync(SessionQuery.All with { Namespace = within }, cancellationToken);

    private static void Add(SortedDictionary<SessionStatus, long> counts, IReadOnlyDictionary<SessionStatus, long> more)
    {
        foreach (var (status, count) in more)
        {
            counts[status] = counts.GetValueOrDefault(status) + count;
        }
    }

    private async IAsyncEnumerable<SessionCount> CountPartsAsync(
        SessionQuery? query, bool byNamespace, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new CountSessions { Query = query ?? SessionQuery.All, ByNamespace = byNamespace };
        Preflight.Check(request);
        do
        {
            var asked = request;
            var part = await Caller.CallAsync(
                new CallSubject("Count"), () => Grains.Search().Count(asked), static part => part.Refusal, cancellationToken);
            yield return part;
            request = request with { After = part.Next };
        }
        while (request.After is not null);
    }
}
