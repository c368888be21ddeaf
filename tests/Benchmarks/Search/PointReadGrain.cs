using Orleans.Concurrency;
using Sessions.Core;
using Sessions.Grains.Storage;

namespace Sessions.Benchmarks.Search;

/// <inheritdoc cref="IPointReadGrain"/>
[GrainType("benchmarks.point-read"), StatelessWorker]
internal sealed class PointReadGrain(ISessionStore store) : Grain, IPointReadGrain
{
    public async ValueTask<SessionSnapshot?> Read(SessionId id) => (await store.ReadAsync(id, CancellationToken.None))?.ToSnapshot();
}
