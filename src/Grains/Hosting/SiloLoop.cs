using Microsoft.Extensions.Logging;

namespace Sessions.Grains.Hosting;

/// <summary>What a silo does over and over, from a stage of its start until it stops.</summary>
internal static partial class SiloLoop
{
    /// <summary>Goes through one round after the other at an even pace; the first comes after one interval.</summary>
    public static void Repeat(
        this ISiloLifecycle lifecycle, string name, int stage, TimeSpan interval, ILogger logger, Func<CancellationToken, Task> round) =>
        lifecycle.Run(name, stage, async stopping =>
        {
            // The machine's clock: a test that holds the sessions' own wants the rounds to go on.
            using var pace = new PeriodicTimer(interval, TimeProvider.System);
            while (await pace.WaitForNextTickAsync(stopping))
            {
                await TryAsync(name, logger, round, stopping);
            }
        });

    /// <summary>Runs a loop with a pace of its own. The silo's stop cancels it, and waits until it has ended.</summary>
    public static void Run(this ISiloLifecycle lifecycle, string name, int stage, Func<CancellationToken, Task> loop)
    {
        var stop = new CancellationTokenSource();
        var running = Task.CompletedTask;
        lifecycle.Subscribe(
            name,
            stage,
            _ =>
            {
                running = Task.Run(() => loop(stop.Token), CancellationToken.None);
                return Task.CompletedTask;
            },
            async _ =>
            {
                await stop.CancelAsync();
                try
                {
                    await running;
                }
                catch (OperationCanceledException)
                {
                    // As it was told.
                }
            });
    }

    /// <summary>Goes through one round, and logs what goes wrong with it, also while the silo stops: whoever stops it has no use for that.</summary>
    public static async Task TryAsync(string name, ILogger logger, Func<CancellationToken, Task> round, CancellationToken stopping)
    {
        try
        {
            await round(stopping);
        }
#pragma warning disable CA1031 // Nobody waits for a loop: one that ended would be missed by nobody, and what it does not be done until the silo is started anew.
        catch (Exception exception) when (exception is not OperationCanceledException || !stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(logger, exception, name);
        }
    }

    [LoggerMessage(163, LogLevel.Error, "{Loop} failed; it begins again.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string loop);
}
