namespace Sessions.TestKit;

/// <summary>Waits for what must come true, and fails when it does not.</summary>
public static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Reads again and again until the value is as wanted, and gives it.</summary>
    /// <exception cref="TimeoutException">It was not for 30 s; the message says what it was.</exception>
    public static async Task<T> Get<T>(Func<ValueTask<T>> read, Func<T, bool> holds, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        var value = await read();
        while (!holds(value))
        {
            if (TimeProvider.System.GetElapsedTime(start) > Deadline)
            {
                throw new TimeoutException($"After {Deadline.TotalSeconds} s it is still not so that {what}. It is {value}.");
            }

            await Task.Delay(Pause, TimeProvider.System);
            value = await read();
        }

        return value;
    }

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It was no for 30 s.</exception>
    public static Task Holds(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It was no for 30 s.</exception>
    public static Task TrueAsync(Func<Task<bool>> condition, string what) => Get(
        async () => await condition(), static holds => holds, what);

    /// <summary>Waits until a count has passed a bound. A slow machine is waited for as long as the count still changes.</summary>
    /// <exception cref="TimeoutException">It stood still for 30 s.</exception>
    public static Task Passes(Func<long> count, long bound, string what, Func<string>? why = null) =>
        PassesAsync(() => Task.FromResult(count()), bound, what, why);

    /// <inheritdoc cref="Passes"/>
    public static async Task PassesAsync(Func<Task<long>> count, long bound, string what, Func<string>? why = null)
    {
        var (last, changed) = (await count(), TimeProvider.System.GetTimestamp());
        while (last <= bound)
        {
            await Task.Delay(Pause, TimeProvider.System);
            var now = await count();
            if (now != last)
            {
                (last, changed) = (now, TimeProvider.System.GetTimestamp());
            }
            else if (TimeProvider.System.GetElapsedTime(changed) > Deadline)
            {
                throw new TimeoutException($"It stands at {last} for {Deadline.TotalSeconds} s, and it is still not so that {what}. {why?.Invoke()}");
            }
        }
    }
}
