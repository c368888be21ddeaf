using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Data;

namespace Sessions.Grains.Storage.Memory;

/// <summary>The data of sessions in memory.</summary>
internal sealed class MemorySessionDataStore(MemoryDatabase database) : ISessionDataStore
{
    /// <inheritdoc/>
    public ValueTask<DataChange> WriteDataAsync(DataSpace space, DataWrite write, CancellationToken cancellationToken)
    {
        StoreArguments.CheckWrite(write);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult(database.Find(space.Session) is { } entry
                ? entry.Data.Write(entry.Record, write)
                : DataChange.NoSession);
        }
    }

    /// <inheritdoc/>
    public ValueTask<DataReading> ReadDataAsync(DataSpace space, DataKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult(database.Find(space.Session)?.Data.Read(key) ?? new DataReading(0, null));
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DataEntry>> ListDataAsync(
        DataSpace space, string prefix, DataKey? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult(database.Find(space.Session)?.Data.List(prefix, after, limit) ?? []);
        }
    }

    /// <inheritdoc/>
    public ValueTask DropDataAsync(DataSpace space, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            if (database.Find(space.Session) is { } entry && Lifecycle.IsFinal(entry.Record.Status))
            {
                entry.Data.Drop();
            }
        }

        return ValueTask.CompletedTask;
    }
}
