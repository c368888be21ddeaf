using Microsoft.Extensions.Logging;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Ownership;

/// <summary>
/// Compares the sessions' clock with that of the store's server: before the silo starts, and all the time while it runs.
/// </summary>
internal sealed partial class ClockWatch(
    SessionsClock clock, ISessionStore store, SessionsInstruments instruments, ILogger<ClockWatch> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A class, to be read and written as one.
    private Since? wrong;

    /// <summary>How long the clock has been found wrong without a break; null while it is right.</summary>
    public TimeSpan? WrongFor => Volatile.Read(ref wrong) is { } since ? TimeProvider.System.GetElapsedTime(since.Timestamp) : null;

    public void Participate(ISiloLifecycle lifecycle)
    {
        // After the store was made ready.
        lifecycle.Subscribe(nameof(ClockWatch), ServiceLifecycleStage.First + 1, EnsureRightAsync);
        lifecycle.Repeat(nameof(ClockWatch), ServiceLifecycleStage.Active, Interval, logger, LookAsync);
    }

    /// <summary>Compares once.</summary>
    /// <exception cref="ClockWrongException">The clock is wrong.</exception>
    /// <exception cref="StoreUnavailableException">The store could not be asked.</exception>
    public async Task EnsureRightAsync(CancellationToken cancellationToken)
    {
        await CompareAsync(cancellationToken);
        if (clock.Fault is { } fault)
        {
            throw new ClockWrongException(fault);
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        try
        {
            await CompareAsync(stopping);
        }
        catch (StoreUnavailableException)
        {
            // Others say so already, and a clock that is set meanwhile is noticed without the store.
        }

        if (clock.Fault is { } fault)
        {
            if (Volatile.Read(ref wrong) is null)
            {
                Volatile.Write(ref wrong, new(TimeProvider.System.GetTimestamp()));
                LogWrong(fault);
            }
        }
        else if (Interlocked.Exchange(ref wrong, null) is not null)
        {
            LogRight();
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        if (await clock.CompareAsync(store.ReadClockAsync, cancellationToken) is { } comparison)
        {
            instruments.OnClockCompared(comparison.Offset);
        }
    }

    [LoggerMessage(178, LogLevel.Error, "{Fault} Until then this node ends no session and admits nothing.")]
    private partial void LogWrong(string fault);

    [LoggerMessage(179, LogLevel.Information, "The clock of this node agrees with the database's again.")]
    private partial void LogRight();

    private sealed record Since(long Timestamp);
}
