using System.Diagnostics;

namespace Sessions.Benchmarks;

/// <summary>Callers that each make one call after the other, for a while.</summary>
internal static class CallLoop
{
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
