namespace Sessions.Client;

/// <summary>What a lease is used for, measured from message to message, and what to ask for in view of that. Not thread-safe: its lease locks.</summary>
internal sealed class DemandMeter
{
    private const int FirstBlock = 16;
    private const long LargestBlock = 1L << 26;

    private long sinceMs;
    private long admittedThen;
    private long usedTicksThen;
    private double perMs;
    private double ticksPerMs;
    private int peak;

    public DemandMeter(long nowMs) => sinceMs = nowMs;

    /// <summary>Executions admitted in a millisecond, lately.</summary>
    public double PerMillisecond => perMs;

    /// <summary>How many run at this moment.</summary>
    public void Sample(int running) => peak = Math.Max(peak, running);

    /// <summary>
    /// Measures, and says what to ask for. What grows is followed at once, what shrinks within a few messages: a block too small
    /// costs a call in the middle of the work, a block too large only lies idle until somebody recalls it.
    /// </summary>
    public LeaseDemand Next(long nowMs, long admitted, long usedTicks, long unreportedTicks, int running, int waiters, long inLastSecond, TimeSpan duration)
    {
        var elapsed = Math.Max(1, nowMs - sinceMs);
        perMs = Math.Max((admitted - admittedThen) / (double)elapsed, perMs / 2);
        ticksPerMs = Math.Max((usedTicks - usedTicksThen) / (double)elapsed, ticksPerMs / 2);
        peak = Math.Max(running, peak - (peak / 4));
        (sinceMs, admittedThen, usedTicksThen) = (nowMs, admitted, usedTicks);

        // What running executions have used stands in no report yet, so that the session takes it for still to come.
        var leaseMs = duration.TotalMilliseconds;
        var executions = Math.Max(FirstBlock, Math.Ceiling(perMs * leaseMs * 1.5)) + waiters;
        var concurrent = (int)Math.Min(LeaseWord.UnlimitedPlaces, Math.Ceiling((peak + waiters) * 1.25));
        var perSecond = Math.Ceiling((Math.Max(perMs * 1_000, inLastSecond) + waiters) * 1.25);
        var compute = unreportedTicks + Math.Max(ticksPerMs * leaseMs * 2, (double)TimeSpan.TicksPerSecond * (running + waiters));
        return new LeaseDemand(
            (long)Math.Min(executions, LargestBlock),
            Math.Max(1, concurrent),
            (int)Math.Clamp(perSecond, 1, LargestBlock),
            TimeSpan.FromTicks((long)Math.Min(compute, TimeSpan.FromDays(3650).Ticks)),
            waiters);
    }
}
