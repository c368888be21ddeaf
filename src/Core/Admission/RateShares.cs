namespace Sessions.Core.Admission;

/// <summary>
/// Who may start how many executions in any one second. Holders have shares; the session keeps one for single admissions. A share
/// that comes back rests for as long as a window before it goes out again: whoever had it may have used all of it just now.
/// </summary>
internal sealed class RateShares
{
    /// <summary>How long a share rests, in milliseconds.</summary>
    public const long Rest = RateWindow.Span;

    private readonly Queue<(long Until, int Share)> resting = new();
    private readonly RateWindow own = new(0);
    private long ownUsedAt = long.MinValue / 2;
    private int restingShares;

    /// <summary>What nobody has.</summary>
    public int Available(long limit, int leased, long now) => (int)Math.Max(0, -Excess(limit, leased, now));

    /// <summary>By how much there is more than the limit, in shares, at rest and for the session itself; less than nothing if there is less.</summary>
    public long Excess(long limit, int leased, long now)
    {
        while (resting.TryPeek(out var first) && first.Until <= now)
        {
            restingShares -= resting.Dequeue().Share;
        }

        if (own.Limit > 0 && now - ownUsedAt >= Rest + 1)
        {
            own.Limit = 0;
        }

        // Only where the quota was lowered: a caller of single executions who never pauses would keep the old one.
        var excess = leased + restingShares + own.Limit - limit;
        if (excess > 0 && own.Limit > 0)
        {
            var cut = (int)Math.Min(own.Limit, excess);
            own.Limit -= cut;
            GiveBack(cut, now);
        }

        return leased + restingShares + own.Limit - limit;
    }

    /// <summary>Takes note of a share that came back.</summary>
    public void GiveBack(int share, long now)
    {
        if (share > 0)
        {
            resting.Enqueue((now + Rest, share));
            restingShares += share;
        }
    }

    /// <summary>How many single executions may start now, were all that is available the session's own.</summary>
    public int OwnLeft(long limit, int leased, long now) => Available(limit, leased, now) + own.Left(now);

    /// <summary>Starts a single execution.</summary>
    public bool TryStart(long limit, int leased, long now)
    {
        var available = Available(limit, leased, now);
        if (!own.TryTake(now))
        {
            if (available == 0)
            {
                return false;
            }

            // Twice as much as before, so that a caller in a hurry gets there in few steps and a slow one blocks nobody.
            own.Limit += Math.Min(available, Math.Max(1, own.Limit));
            if (!own.TryTake(now))
            {
                return false;
            }
        }

        ownUsedAt = now;
        return true;
    }

    /// <summary>When something will be free again, should nobody ask meanwhile.</summary>
    public TimeSpan UntilFree(long now)
    {
        var rest = resting.TryPeek(out var first) ? first.Until - now : Rest;
        var mine = own.Limit > 0 ? own.UntilFree(now) : TimeSpan.FromMilliseconds(Rest);
        return rest < mine.TotalMilliseconds ? TimeSpan.FromMilliseconds(Math.Max(1, rest)) : mine;
    }
}
