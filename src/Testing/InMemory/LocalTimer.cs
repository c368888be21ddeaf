using Orleans.Runtime;

namespace Sessions.Testing.InMemory;

/// <summary>A timer of a grain, by the machine's clock: how often a grain looks around has nothing to do with the sessions' own time.</summary>
internal sealed class LocalTimer : IGrainTimer
{
    private readonly LocalGrain grain;
    private readonly Func<CancellationToken, Task> round;
    private readonly bool interleaves;
    private readonly CancellationTokenSource stop = new();
    private readonly ITimer timer;
    private int isRunning;

    public LocalTimer(LocalGrain grain, Func<CancellationToken, Task> round, GrainTimerCreationOptions options)
    {
        (this.grain, this.round, interleaves) = (grain, round, options.Interleave);
        using (ExecutionContext.SuppressFlow())
        {
            timer = TimeProvider.System.CreateTimer(
                static state => _ = ((LocalTimer)state!).TickAsync(), this, options.DueTime, options.Period);
        }
    }

    public void Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

    public void Dispose()
    {
        timer.Dispose();
        stop.Cancel();
    }

    private async Task TickAsync()
    {
        // A round that takes longer than the period is not run beside itself.
        if (stop.IsCancellationRequested || Interlocked.Exchange(ref isRunning, 1) != 0)
        {
            return;
        }

        try
        {
            await grain.RunAsync(interleaves, async _ =>
            {
                await round(stop.Token);
                return true;
            });
        }
#pragma warning disable CA1031 // As in a silo: a round that failed does not end the timer.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The next round begins anew.
        }
        finally
        {
            Volatile.Write(ref isRunning, 0);
        }
    }
}
