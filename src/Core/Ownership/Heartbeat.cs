namespace Sessions.Core.Ownership;

/// <summary>
/// Tells by a timer that ticks late that a process has stood still: suspended, paused or starved. Thread-safe. All instants are
/// timestamps of a monotonic clock, which goes on while the process does not.
/// </summary>
/// <param name="tolerance">How far apart two beats may be, in ticks of the clock.</param>
internal sealed class Heartbeat(long tolerance)
{
    private const long NotBeating = long.MaxValue;

    private long last = NotBeating;

    /// <summary>Takes a beat.</summary>
    /// <returns>How long ago the one before it was, if that is longer than tolerated; otherwise null.</returns>
    public long? Beat(long now)
    {
        var before = Interlocked.Exchange(ref last, now);
        return before != NotBeating && now - before > tolerance ? now - before : null;
    }

    /// <summary>Whether the next beat is overdue. Asked before something is served, because the timer may be later than a request.</summary>
    public bool IsOverdue(long now)
    {
        var before = Volatile.Read(ref last);
        return before != NotBeating && now - before > tolerance;
    }

    /// <summary>No beat is expected any more.</summary>
    public void Stop() => Interlocked.Exchange(ref last, NotBeating);
}
