namespace Sessions;

/// <summary>
/// Counts what was taken within the last second, so that no window of one second, wherever it begins, has more than the limit.
/// Not safe for several threads; its owner locks.
/// </summary>
/// <remarks>
/// A second is cut into 16 slots, and what is taken counts in its own slot and the 16 that follow: for more than a second, and for a
/// second and a slot at most. It is more than a second by a whole millisecond, so that the fractions which a finer clock lost on
/// the way to milliseconds do not make two moments look further apart than they are.
/// </remarks>
internal sealed class RateWindow
{
    private const int SlotsPerSecond = 16;
    private const int Slots = SlotsPerSecond + 1;

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
        var (remaining, leaving) = (sum, slot - SlotsPerSecond);
        for (; remaining >= Limit; leaving++)
        {
            remaining -= leaving < 0 ? 0 : taken[leaving % Slots];
        }

        return TimeSpan.FromMilliseconds(StartOf(leaving + SlotsPerSecond) - now);
    }

    /// <summary>The first whole millisecond of a slot; 62.5 ms have none of their own.</summary>
    private long StartOf(long index) => origin!.Value + ((index * 1000) + SlotsPerSecond - 1) / SlotsPerSecond;

    private void MoveTo(long now)
    {
        origin ??= now;
        var target = (now - origin.Value) * SlotsPerSecond / 1000;
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
