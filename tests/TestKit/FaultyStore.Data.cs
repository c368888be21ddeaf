using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core.Data;
using Sessions.Grains.Storage;

namespace Sessions.TestKit;

public sealed partial class FaultyStore : ISessionDataStore
{
    private readonly ConcurrentDictionary<SessionId, StoreFault> dataFaults = new();
    private int dataReads;

    private ISessionDataStore Data => (ISessionDataStore)inner;

    /// <summary>How many values were asked for.</summary>
    public int DataReads => Volatile.Read(ref dataReads);

    public void FailNextDataWrite(SessionId id, StoreFault fault) => dataFaults[id] = fault;

    public async ValueTask<DataChange> WriteDataAsync(DataSpace space, DataWrite write, CancellationToken cancellationToken)
    {
        if (!dataFaults.TryRemove(space.Session, out var fault))
        {
            return await Data.WriteDataAsync(space, write, cancellationToken);
        }

        if (fault == StoreFault.Refuses)
        {
            throw new StoreUnavailableException("The test refuses this write.");
        }

        if (fault == StoreFault.CommitsAndFails)
        {
            await Data.WriteDataAsync(space, write, cancellationToken);
        }

        throw new StoreOutcomeUnknownException("The test cut the connection.");
    }

    public ValueTask<DataReading> ReadDataAsync(DataSpace space, DataKey key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref dataReads);
        return Data.ReadDataAsync(space, key, cancellationToken);
    }

    public ValueTask<ImmutableArray<DataEntry>> ListDataAsync(
        DataSpace space, string prefix, DataKey? after, int limit, CancellationToken cancellationToken) =>
        Data.ListDataAsync(space, prefix, after, limit, cancellationToken);

    public ValueTask DropDataAsync(DataSpace space, CancellationToken cancellationToken) => Data.DropDataAsync(space, cancellationToken);
}
