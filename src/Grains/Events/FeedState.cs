using Sessions.Core.Events;

namespace Sessions.Grains.Events;

/// <summary>
/// How far readers of events are behind what was committed. A transaction that stays open holds events back in all databases of its server:
/// none may be read in front of which another may still come to stand. Written by the watch, read by health checks.
/// </summary>
internal sealed class FeedState(TimeProvider time)
{
    private readonly Lock looking = new();
    private EventCursor? awaited;
    private long awaitedSince;
    private long lookedAt = time.GetTimestamp();

    /// <summary>How long ago the log was last read.</summary>
    public TimeSpan SinceLook => time.GetElapsedTime(Volatile.Read(ref lookedAt));

    /// <summary>How long an event that is committed has not been readable; 0 if every one is.</summary>
    public TimeSpan Behind
    {
        get
        {
            lock (looking)
            {
                return awaited is null ? TimeSpan.Zero : time.GetElapsedTime(awaitedSince);
            }
        }
    }

    /// <summary>The log was read.</summary>
    /// <param name="settled">Up to where it can be read.</param>
    /// <param name="newest">The newest event that was drawn.</param>
    public void OnLooked(EventCursor settled, EventCursor newest)
    {
        lock (looking)
        {
            Volatile.Write(ref lookedAt, time.GetTimestamp());
            if (awaited is { } one && settled < one)
            {
                return;
            }

            (awaited, awaitedSince) = (settled < newest ? newest : null, time.GetTimestamp());
        }
    }
}
