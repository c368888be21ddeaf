namespace Sessions.TestKit;

/// <summary>Waits for what must come true, and fails when it does not.</summary>
public static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Reads again and again until the value is as wanted, and gives it.</summary>
    /// <exception cref="TimeoutException">It was not for 30 s.</exception>
    public static async Task<T> Get<T>(Func<ValueTask<T>> read, Func<T, bool> holds, string what)
    {
        var value = await read();
        await TrueAsync(
            async () => holds(value) || holds(value = await read()), what);
        return value;
    }

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It was no for 30 s.</exception>
    public static Task Holds(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It was no for 30 s.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Deadline)
            {
                throw new TimeoutException($"After {Deadline.TotalSeconds} s it is still not so that {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }
}
