namespace Sessions.Client;

/// <summary>
/// The clock by which a holder counts its leases: monotonic, and it goes on while the process is suspended, so never a tick that
/// somebody caches. Between 8 ns, which every admission can afford, and a precise reading for durations, 32 ns.
/// </summary>
internal sealed class HolderClock
{
    private readonly TimeProvider time;
    private readonly bool isSystem;
    private readonly long origin;

    public HolderClock(TimeProvider time) =>
        (this.time, isSystem, origin) = (time, ReferenceEquals(time, TimeProvider.System), time.GetTimestamp());

    /// <summary>Milliseconds since some moment.</summary>
    public long Milliseconds => isSystem ? Environment.TickCount64 : Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>How far <see cref="Milliseconds"/> may lag behind: the coarse clock of the operating system moves in steps.</summary>
    public long Granularity => isSystem ? 16 : 0;

    /// <summary>100 ns since some other moment.</summary>
    public long Ticks => time.GetElapsedTime(origin, time.GetTimestamp()).Ticks;

    /// <summary>The wall clock, for records.</summary>
    public DateTimeOffset UtcNow => time.GetUtcNow();

    /// <summary>Whole milliseconds, less what the clock may lag: a limit counted by it is never overrun.</summary>
    public long Within(TimeSpan duration) =>
        duration >= TimeSpan.FromDays(3650) ? (long)TimeSpan.FromDays(3650).TotalMilliseconds : (long)duration.TotalMilliseconds - Granularity;
}
