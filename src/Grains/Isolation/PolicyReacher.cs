using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core.Isolation;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Isolation;

/// <summary>Carries a policy to every silo and then to every live session that it means.</summary>
internal sealed class PolicyReacher(IPolicyStore store, PolicyBook book, IPolicySilos silos, IGrainFactory grains)
{
    private const int PageSize = 500;
    private const int Concurrency = 32;
    private const int MostNamed = 100;

    /// <summary>Returns when everybody is bound who can be reached.</summary>
    public async Task<PolicyReach> ReachAsync(NamespacePolicy policy)
    {
        // The silos first: what becomes live from here on is bound by what they know, and what is live already is found below.
        var missedSilos = await silos.LookEverywhereAsync(policy.Revision);
        var (reached, missed) = (0L, new ConcurrentQueue<SessionId>());
        foreach (var root in RootsOf(policy.Namespace))
        {
            SessionId? last = null;
            ImmutableArray<LiveSession> page;
            do
            {
                page = await store.ReadLiveAsync(root, last, PageSize, CancellationToken.None);
                await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = Concurrency }, async (session, _) =>
                {
                    if (await TryBindAsync(session.Id, policy.Revision))
                    {
                        Interlocked.Increment(ref reached);
                    }
                    else
                    {
                        missed.Enqueue(session.Id);
                    }
                });
                last = page.IsEmpty ? null : page[^1].Id;
            }
            while (page.Length == PageSize);
        }

        return new PolicyReach
        {
            Sessions = reached,
            Missed = missed.Count,
            MissedSessions = [.. missed.Take(MostNamed)],
            MissedSilos = missedSilos,
        };
    }

    /// <summary>The namespaces for which the policy counts, each with all below it: its own, and those that extend it, however far around.</summary>
    private IEnumerable<SessionNamespace> RootsOf(SessionNamespace @namespace)
    {
        var newest = book.Known?.Newest ?? ImmutableDictionary<SessionNamespace, NamespacePolicy?>.Empty;
        ImmutableArray<SessionNamespace> all =
            [@namespace, .. newest.Keys.Where(other => other != @namespace && PolicyEvaluator.Counting(other, newest).Contains(@namespace))];
        return all.Where(root => !all.Any(other => other != root && other.Contains(root)));
    }

    private async Task<bool> TryBindAsync(SessionId session, long revision)
    {
        try
        {
            return await grains.GetGrain<ISessionPolicyControl>(session.ToString()).Bind(revision) is null;
        }
#pragma warning disable CA1031 // Whatever it is, that session was not told; it is named, and the others go on.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
