using Sessions.Grains.Ownership;

namespace Sessions.Silo;

/// <summary>
/// Ends a node whose clock stays wrong, at once and not in order: its sessions are to go to other nodes, and it must not write what a wrong
/// clock makes of them.
/// </summary>
internal sealed class ClockGuard(ClockWatch watch, SessionsClock clock) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pace = new PeriodicTimer(Interval, TimeProvider.System);
        while (await pace.WaitForNextTickAsync(stoppingToken))
        {
            if (watch.WrongFor > Patience && clock.Fault is { } fault)
            {
                await Console.Error.WriteLineAsync($"The node ends: {fault}");
                Environment.Exit(ExitCodes.Outside);
            }
        }
    }
}
