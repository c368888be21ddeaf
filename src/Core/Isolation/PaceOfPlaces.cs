namespace Sessions.Core.Isolation;

/// <summary>How fast places come free while somebody waits for them.</summary>
internal sealed class PaceOfPlaces
{
    private const int MostIntervals = 16;
    private const int FewestIntervals = 3;

    private readonly Queue<TimeSpan> intervals = [];
    private DateTimeOffset since;

    /// <summary>Somebody waits from now on; the time before says nothing.</summary>
    public void Begin(DateTimeOffset now) => since = now;

    /// <summary>A place has come free, and somebody has it.</summary>
    public void OnPlace(DateTimeOffset now)
    {
        intervals.Enqueue(Since(now));
        since = now;
        if (intervals.Count > MostIntervals)
        {
            intervals.Dequeue();
        }
    }

    /// <summary>How long one place takes, as they came lately; null while too few have come to say.</summary>
    public TimeSpan? PerPlace(DateTimeOffset now)
    {
        if (intervals.Count < FewestIntervals)
        {
            return null;
        }

        // The interval that is under way counts as soon as it is longer than the others; otherwise a line that stands would be said to move.
        var total = intervals.Aggregate(TimeSpan.Zero, (sum, interval) => sum + interval);
        var (mean, current) = (total / intervals.Count, Since(now));
        return current > mean ? (total + current) / (intervals.Count + 1) : mean;
    }

    // A clock that was put back takes no time off.
    private TimeSpan Since(DateTimeOffset now) => now > since ? now - since : TimeSpan.Zero;
}
