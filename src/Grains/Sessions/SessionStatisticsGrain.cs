using System.Collections.Immutable;
using Orleans.Concurrency;
using Sessions.Storage;

namespace Sessions.Grains;

[GrainType("session-statistics"), StatelessWorker]
internal sealed class SessionStatisticsGrain(ISessionStore store) : Grain, ISessionStatisticsGrain
{
    public ValueTask<ImmutableSortedDictionary<SessionStatus, long>> CountByStatus(SessionNamespace? within) =>
        store.CountByStatusAsync(within, CancellationToken.None);
}
