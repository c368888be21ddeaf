namespace Sessions.Core.Data;

/// <summary>
/// Values that were read or written lately, up to a number of bytes. All of them are as they were at one version of the session's data:
/// whatever shows that others have written since empties it.
/// </summary>
internal sealed class DataCache(int capacity)
{
    // What a value costs beside its bytes, so that many empty ones are bounded too.
    private const int Overhead = 128;

    private readonly Dictionary<DataKey, LinkedListNode<(DataKey Key, DataValue? Value)>> held = [];
    private readonly LinkedList<(DataKey Key, DataValue? Value)> byUse = [];
    private int size;

    /// <summary>As of which version of the data everything here is.</summary>
    public long Version { get; private set; }

    /// <summary>
    /// Whether it is known what is under <paramref name="key"/>, which may be nothing, and that it is not older than
    /// <paramref name="seen"/>.
    /// </summary>
    public bool TryGet(DataKey key, long seen, out DataValue? value)
    {
        if (seen > Version || !held.TryGetValue(key, out var node))
        {
            value = null;
            return false;
        }

        byUse.Remove(node);
        byUse.AddLast(node);
        value = node.Value.Value;
        return true;
    }

    /// <summary>Takes what the store has answered. Answers may come in another order than they were given in.</summary>
    public void OnRead(DataKey key, DataReading reading)
    {
        Follow(reading.DataVersion);
        if (reading.DataVersion == Version)
        {
            Set(key, reading.Value);
        }
    }

    /// <summary>Takes a write of this activation's own, or what its refusal tells.</summary>
    public void OnWritten(DataWrite write, DataChange change)
    {
        if (change.Outcome == DataOutcome.Written && change.Version == change.DataVersion && change.Version == Version + 1)
        {
            Version = change.Version;
            Set(write.Key, write.Value is { } value ? new DataValue { Key = write.Key, Version = change.Version, Value = value } : null);
            return;
        }

        Follow(change.DataVersion);
    }

    /// <summary>Forgets all values, and not how far it has seen.</summary>
    public void Clear()
    {
        held.Clear();
        byUse.Clear();
        size = 0;
    }

    /// <summary>Takes notice of a version of the data, and forgets all values if they are older.</summary>
    public void Follow(long version)
    {
        if (version > Version)
        {
            Clear();
            Version = version;
        }
    }

    private void Set(DataKey key, DataValue? value)
    {
        if (held.Remove(key, out var before))
        {
            Remove(before);
        }

        var node = byUse.AddLast((key, value));
        held[key] = node;
        size += SizeOf(node);
        while (size > capacity && byUse.First is { } oldest)
        {
            held.Remove(oldest.Value.Key);
            Remove(oldest);
        }
    }

    private void Remove(LinkedListNode<(DataKey Key, DataValue? Value)> node)
    {
        byUse.Remove(node);
        size -= SizeOf(node);
    }

    private static int SizeOf(LinkedListNode<(DataKey Key, DataValue? Value)> node) => Overhead + (node.Value.Value?.Value.Length ?? 0);
}
