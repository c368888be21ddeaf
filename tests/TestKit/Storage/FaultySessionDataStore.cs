using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core.Data;
using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>The data of sessions, whose writes fail as a test says.</summary>
internal sealed class FaultySessionDataStore(ISessionDataStore inner) : ISessionDataStore
{
    private readonly ConcurrentDictionary<SessionId, StoreFault> faults = new();
    private int reads;

    /// <summary>How many values were asked for.</summary>
    public int DataReads => Volatile.Read(ref reads);

    public void FailNextDataWrite(SessionId id, StoreFault fault) => faults[id] = fault;

    private readonly ConcurrentDictionary<SessionId, string> refusals = new();

    /// <summary>Lets every write of a session's data be refused in these words.</summary>
    public void FailDataWrites(SessionId id, string words) => refusals[id] = words;

    public async ValueTask<DataChange> WriteDataAsync(DataSpace space, DataWrite write, CancellationToken cancellationToken)
    {
        if (refusals.TryGetValue(space.Session, out var words))
        {
            throw new StoreUnavailableException(words);
        }

        StoreFault? next = faults.TryRemove(space.Session, out var fault) ? fault : null;
        return await next.WriteAsync(() => inner.WriteDataAsync(space, write, cancellationToken));
    }

    public ValueTask<DataReading> ReadDataAsync(DataSpace space, DataKey key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref reads);
        return inner.ReadDataAsync(space, key, cancellationToken);
    }

    public ValueTask<ImmutableArray<DataEntry>> ListDataAsync(
        DataSpace space, string prefix, DataKey? after, int limit, CancellationToken cancellationToken) =>
        inner.ListDataAsync(space, prefix, after, limit, cancellationToken);

    public ValueTask DropDataAsync(DataSpace space, CancellationToken cancellationToken) => inner.DropDataAsync(space, cancellationToken);
}
