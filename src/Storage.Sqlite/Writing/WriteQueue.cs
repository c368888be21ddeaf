namespace Sessions.Storage.Sqlite.Writing;

/// <summary>Writes that wait, in order of arrival. Not thread-safe.</summary>
internal sealed class WriteQueue(int capacity)
{
    private readonly LinkedList<PendingWrite> waiting = new();

    public int Count => waiting.Count;

    /// <summary>False if the queue is full.</summary>
    public bool TryAdd(PendingWrite write)
    {
        if (waiting.Count >= capacity)
        {
            return false;
        }

        write.Place = waiting.AddLast(write);
        return true;
    }

    /// <summary>Takes the first ones.</summary>
    public PendingWrite[] Take(int max)
    {
        var taken = new PendingWrite[Math.Min(max, waiting.Count)];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = waiting.First!.Value;
            TryRemove(taken[i]);
        }

        return taken;
    }

    /// <summary>Takes one back; false if it does not wait any more.</summary>
    public bool TryRemove(PendingWrite write)
    {
        if (write.Place is not { } place)
        {
            return false;
        }

        waiting.Remove(place);
        write.Place = null;
        return true;
    }
}
