namespace Sessions.Storage.Postgres.Saving;

/// <summary>
/// Saves that wait for a batch, in order of arrival. Of one session at most one is on its way at a time, and the next waits
/// until it is released: a statement can touch a row only once. Not thread-safe.
/// </summary>
internal sealed class SaveQueue(int capacity)
{
    private readonly LinkedList<PendingSave> ready = new();

    // A session has a lane while one of its saves is ready or on its way; the saves that wait behind that one are in it.
    private readonly Dictionary<SessionId, LinkedList<PendingSave>?> lanes = [];

    /// <summary>How many saves wait, ready or not.</summary>
    public int Count { get; private set; }

    /// <summary>How many saves <see cref="Take"/> could take.</summary>
    public int Ready => ready.Count;

    /// <summary>False if the queue is full.</summary>
    public bool TryAdd(PendingSave save)
    {
        if (Count >= capacity)
        {
            return false;
        }

        Count++;
        if (lanes.TryAdd(save.Id, null))
        {
            save.Place = ready.AddLast(save);
        }
        else
        {
            save.Place = (lanes[save.Id] ??= new()).AddLast(save);
        }

        return true;
    }

    /// <summary>Takes up to <paramref name="max"/> saves of as many sessions; each is to be released when it is done.</summary>
    public PendingSave[] Take(int max)
    {
        var taken = new PendingSave[Math.Min(max, ready.Count)];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = ready.First!.Value;
            taken[i].Place = null;
            ready.RemoveFirst();
        }

        Count -= taken.Length;
        return taken;
    }

    /// <summary>Lets the session's next save come up.</summary>
    public void Release(SessionId id)
    {
        if (lanes[id] is { First: { } next } lane)
        {
            lane.RemoveFirst();
            next.Value.Place = ready.AddLast(next.Value);
        }
        else
        {
            lanes.Remove(id);
        }
    }

    /// <summary>Takes back everything that waits.</summary>
    public PendingSave[] Clear()
    {
        PendingSave[] all = [.. ready, .. lanes.Values.SelectMany(lane => lane ?? [])];
        foreach (var save in all)
        {
            TryRemove(save);
        }

        return all;
    }

    /// <summary>Takes a save back; false if it does not wait any more.</summary>
    public bool TryRemove(PendingSave save)
    {
        if (save.Place is not { List: { } list } place)
        {
            return false;
        }

        list.Remove(place);
        save.Place = null;
        Count--;
        if (list == ready)
        {
            Release(save.Id);
        }

        return true;
    }
}
