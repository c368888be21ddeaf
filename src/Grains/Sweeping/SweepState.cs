namespace Sessions.Grains.Sweeping;

/// <summary>How the sweep of this silo is doing. Written by the sweeper, read by health checks.</summary>
internal sealed class SweepState
{
    private long workedAt = TimeProvider.System.GetTimestamp();
    private long behindTicks;

    /// <summary>How long ago the sweeper last looked for what is due or ended some of it, and the store answered.</summary>
    public TimeSpan SinceWork => TimeProvider.System.GetElapsedTime(Volatile.Read(ref workedAt));

    /// <summary>How long the longest due session had been due then.</summary>
    public TimeSpan Behind => TimeSpan.FromTicks(Volatile.Read(ref behindTicks));

    /// <summary>The sweeper has looked.</summary>
    public void OnLooked(TimeSpan behind)
    {
        Volatile.Write(ref behindTicks, behind.Ticks);
        OnSwept();
    }

    /// <summary>The sweeper has ended some of what is due.</summary>
    public void OnSwept() => Volatile.Write(ref workedAt, TimeProvider.System.GetTimestamp());
}
