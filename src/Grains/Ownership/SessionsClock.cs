using Microsoft.Extensions.Options;
using Sessions.Core;
using Sessions.Core.Ownership;
using Sessions.Grains.Hosting;

namespace Sessions.Grains.Ownership;

/// <summary>
/// The clock by which the sessions of a silo live: the machine's, as long as it agrees with the clock of the store's server, which all silos
/// share. Where it does not, it refuses to tell the time, and so nothing can be decided by it: no session expires, nothing is admitted, and
/// callers get Unavailable. Between two comparisons it notices by the monotonic clock when the machine's clock is set.
/// </summary>
internal sealed class SessionsClock(TimeProvider machine, IOptions<SessionsOptions> options) : TimeProvider
{
    private readonly TimeSpan tolerance = options.Value.ClockTolerance;

    // Null where there is nothing to compare with: the machine's clock is right then, whatever it says.
    private volatile Agreement? agreement;

    public SessionsClock(IOptions<SessionsOptions> options)
        : this(System, options)
    {
    }

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <summary>What is wrong with the clock; null if it may be trusted.</summary>
    public string? Fault => agreement is { } last ? FindFault(last, machine.GetUtcNow()) : null;

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <exception cref="SessionException">Unavailable: the machine's clock cannot be trusted.</exception>
    public override DateTimeOffset GetUtcNow()
    {
        var now = machine.GetUtcNow();
        return agreement is { } last && FindFault(last, now) is { } fault
            ? throw new SessionException(Refusals.Unavailable(null, fault, options.Value.RetryAfter))
            : now;
    }

    /// <summary>Asks for the shared clock and compares.</summary>
    /// <returns>Null where there is no shared clock.</returns>
    /// <exception cref="Storage.StoreUnavailableException">The store could not answer; what was known before stays valid.</exception>
    public async Task<ClockComparison?> CompareAsync(Func<CancellationToken, ValueTask<DateTimeOffset?>> ask, CancellationToken cancellationToken)
    {
        var (askedAt, started) = (machine.GetUtcNow(), machine.GetTimestamp());
        if (await ask(cancellationToken) is not { } answer)
        {
            return null;
        }

        var comparison = ClockComparison.Of(askedAt, machine.GetElapsedTime(started), answer);
        agreement = new(
            askedAt,
            started,
            comparison.IsOff(tolerance)
                ? $"The clock of this node is {comparison} the database's, more than Sessions:ClockTolerance ({tolerance.TotalSeconds} s) allows. Correct the clock of the machine."
                : null);
        return comparison;
    }

    private string? FindFault(Agreement last, DateTimeOffset now)
    {
        if (last.Fault is not null)
        {
            return last.Fault;
        }

        var stepped = now - last.At - machine.GetElapsedTime(last.Timestamp);
        return stepped.Duration() <= tolerance
            ? null
            : FormattableString.Invariant($"The clock of this node was set by {stepped.TotalSeconds:F1} s and has not been compared with the database's since.");
    }

    private sealed record Agreement(DateTimeOffset At, long Timestamp, string? Fault);
}
