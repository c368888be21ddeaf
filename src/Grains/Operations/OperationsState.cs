namespace Sessions.Grains.Operations;

/// <summary>Whether operations over many sessions have stalled and could not be woken. Written by the keeper, read by health checks.</summary>
internal sealed class OperationsState(TimeProvider time)
{
    private readonly Lock looking = new();
    private int stalled;
    private long since;

    /// <summary>How many had stalled at the last look.</summary>
    public int Stalled
    {
        get
        {
            lock (looking)
            {
                return stalled;
            }
        }
    }

    /// <summary>For how long some have stalled at every look; 0 if none have.</summary>
    public TimeSpan StalledFor
    {
        get
        {
            lock (looking)
            {
                return stalled == 0 ? TimeSpan.Zero : time.GetElapsedTime(since);
            }
        }
    }

    /// <summary>The keeper has looked.</summary>
    public void OnLooked(int found)
    {
        lock (looking)
        {
            since = stalled == 0 ? time.GetTimestamp() : since;
            stalled = found;
        }
    }
}
