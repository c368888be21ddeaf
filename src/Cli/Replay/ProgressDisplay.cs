using Sessions.Cli.Output;
using Spectre.Console;

namespace Sessions.Cli.Replay;

/// <summary>Shows how far a replay is, while it runs: bars on a terminal, a line every two seconds elsewhere.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(2);

    public static async Task<T> FollowAsync<T>(Task<T> work, ReplayProgress progress, long planned, Output.Output output, TimeProvider time)
    {
        if (output.IsLive)
        {
            await output.Console.Progress().AutoClear(true).StartAsync(async display =>
            {
                var opened = display.AddTask("activated", maxValue: Math.Max(1, planned));
                var closed = display.AddTask("closed", maxValue: Math.Max(1, planned));
                while (!work.IsCompleted)
                {
                    (opened.Value, closed.Value) = (progress.Activated, progress.Closed);
                    await Task.WhenAny(work, Task.Delay(Tick, time));
                }

                (opened.Value, closed.Value) = (progress.Activated, progress.Closed);
            });
            return await work;
        }

        while (await Task.WhenAny(work, Task.Delay(LineEvery, time)) != work)
        {
            output.Note(
                $"activated {progress.Activated} of {planned}, closed {progress.Closed}, given up {progress.GivenUp}, "
                + $"executions {progress.Executions.Admitted}");
        }

        return await work;
    }
}
