namespace Sessions;

/// <summary>
/// Counts what was taken within the last second, so that no window of one second, wherever it begins, has more than the limit.
/// Not safe for several threads; its owner locks.
/// </summary>
/// <remarks>
/// Time is cut into slots of 64 ms, and what is taken counts in its own slot and the 16 that follow: for 1,024 ms at least and 1,088
/// at most. The 24 ms above a second are for clocks: a coarse one stands still for up to 10 ms, and none runs exactly.
/// </remarks>
internal sealed class RateWindow
{
    /// <summary>How long, at the least, what was taken counts, in milliseconds.</summary>
    public const int Span = SlotLength * SlotsPerSpan;

    private const int SlotLength = 64;
    private const int SlotsPerSpan = 16;
    private const int Slots = SlotsPerSpan + 1;

    private readonly int[] taken = new int[Slots];
    private long? origin;
    private long slot;
    private long sum;

    public RateWindow(int limit) => Limit = limit;

    /// <summary>How many may be taken in any one second. What was taken under a former limit counts under this one.</summary>
    public int Limit
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Takes one, if one is left.</summary>
    /// <param name="nowMilliseconds">The moment on a monotonic clock; one that lies before an earlier call's counts as that call's.</param>
    public bool TryTake(long nowMilliseconds) => TakeUpTo(1, nowMilliseconds) == 1;

    /// <summary>Takes <paramref name="wanted"/>, or what is left if that is less.</summary>
    /// <returns>How many were taken.</returns>
    public int TakeUpTo(int wanted, long now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(wanted);
        var count = Math.Min(wanted, Left(now));
        taken[slot % Slots] += count;
        sum += count;
        return count;
    }

    /// <summary>How many count now.</summary>
    public long Taken(long now)
    {
        MoveTo(now);
        return sum;
    }

    /// <summary>How many could be taken now.</summary>
    public int Left(long now)
    {
        MoveTo(now);
        return (int)Math.Max(0, Limit - sum);
    }

    /// <summary>How long until one can be taken, should nobody take any meanwhile; <see cref="TimeSpan.MaxValue"/> under a limit of 0.</summary>
    public TimeSpan UntilFree(long now)
    {
        if (Left(now) > 0)
        {
            return TimeSpan.Zero;
        }

        if (Limit == 0)
        {
            return TimeSpan.MaxValue;
        }

        // The oldest slot leaves first, when the next one begins.
        var (remaining, leaving) = (sum, slot - SlotsPerSpan);
        for (; remaining >= Limit; leaving++)
        {
            remaining -= leaving < 0 ? 0 : taken[leaving % Slots];
        }

        return TimeSpan.FromMilliseconds(origin!.Value + ((leaving + SlotsPerSpan) * SlotLength) - now);
    }

    private void MoveTo(long now)
    {
        origin ??= now;
        var target = (now - origin.Value) / SlotLength;
        if (target <= slot)
        {
            return;
        }

        if (target - slot >= Slots)
        {
            Array.Clear(taken);
            sum = 0;
        }
        else
        {
            for (var passed = slot + 1; passed <= target; passed++)
            {
                sum -= taken[passed % Slots];
                taken[passed % Slots] = 0;
            }
        }

        slot = target;
    }
}
