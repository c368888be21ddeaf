using Sessions.Core.Data;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Data;

/// <summary>Reads and writes the data of one session for one activation. Who may is decided before.</summary>
internal sealed class DataDesk(ISessionDataStore store)
{
    private const int CacheBytes = 256 * 1024;

    private readonly DataCache cache = new(CacheBytes);
    private bool doubtful;

    /// <summary>What the data takes, as far as this activation has learnt since the record was read; null for as the record says.</summary>
    public long? Bytes { get; private set; }

    /// <summary>A version of the data than which nothing that is known here is older: neither its size, here or in the record, nor a value.</summary>
    public long DataVersion { get; private set; }

    public async ValueTask<DataReply> Get(DataSpace space, DataKey key, long seen)
    {
        if (!doubtful && cache.TryGet(key, seen, out var held))
        {
            return new() { Value = held, DataVersion = cache.Version };
        }

        var reading = await store.ReadDataAsync(space, key, CancellationToken.None);
        cache.OnRead(key, reading);
        return new() { Value = reading.Value, DataVersion = reading.DataVersion };
    }

    public async ValueTask<DataReply> List(DataSpace space, DataRequest request) => new()
    {
        Entries = await store.ListDataAsync(space, request.Prefix, request.After, request.Limit, CancellationToken.None),
        DataVersion = cache.Version,
    };

    public async ValueTask<DataChange> Write(DataSpace space, DataWrite write)
    {
        DataChange change;
        try
        {
            change = await store.WriteDataAsync(space, write, CancellationToken.None);
        }
        catch (StoreOutcomeUnknownException)
        {
            // It may be written, or be about to be: what is held can be told from the truth again after the next write.
            doubtful = true;
            throw;
        }

        doubtful = false;
        cache.OnWritten(write, change);
        if (change.DataVersion >= DataVersion)
        {
            (Bytes, DataVersion) = (change.Bytes, change.DataVersion);
        }

        return change;
    }

    /// <summary>The record was read anew, and says itself what the data takes. Values may be older than it.</summary>
    public void OnRead()
    {
        Bytes = null;
        Forget();
    }

    /// <summary>The record was read anew when the data had at least a version that others made. Values that are older are forgotten.</summary>
    public void OnRead(long dataVersion)
    {
        cache.Follow(dataVersion);
        DataVersion = Math.Max(DataVersion, dataVersion);
    }

    /// <summary>Forgets every value.</summary>
    public void Forget() => cache.Clear();
}
