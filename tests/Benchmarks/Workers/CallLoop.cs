using System.Diagnostics;
using Sessions.Grains.Hosting;

namespace Sessions.Benchmarks.Workers;

/// <summary>Callers that each make one call after the other, for a while.</summary>
internal static class CallLoop
{
    /// <summary>The same, for a number of calls instead of a while.</summary>
    /// <param name="callers">How many.</param>
    /// <param name="count">How many calls all callers make together.</param>
    /// <param name="call">One call; its argument is its number, from 0.</param>
    public static async Task<TurnResult> RunAsync(int callers, int count, Func<int, ValueTask> call)
    {
        var next = -1;
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (var n = Interlocked.Increment(ref next); n < count; n = Interlocked.Increment(ref next))
            {
                await call(n);
            }
        })));
        return new TurnResult
        {
            Operations = count,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
        };
    }

    /// <param name="callers">How many.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="call">One call; its argument grows by one for each of a caller's calls, from the caller's number on.</param>
    public static async Task<TurnResult> RunAsync(int callers, TimeSpan duration, Func<int, ValueTask> call)
    {
        var stop = false;
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var loops = Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var n = caller;
            while (!Volatile.Read(ref stop))
            {
                await call(n);
                n++;
            }

            return (long)n - caller;
        })).ToArray();

        // A caller that failed ends the turn at once.
        await Task.WhenAny([Task.Delay(duration, TimeProvider.System), .. loops]);
        Volatile.Write(ref stop, true);
        var operations = (await Task.WhenAll(loops)).Sum();
        return new TurnResult
        {
            Operations = operations,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
        };
    }
}
