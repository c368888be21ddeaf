namespace Sessions.Grains.Session;

/// <summary>
/// The right of one activation to grant, which is a lease itself: it holds while the activation has looked at its row lately and
/// found its own mark there. Written by the keeper, read by the grain.
/// </summary>
internal sealed class GrantRight(SessionId id, long epoch, long lookedAt)
{
    private long lookedAt = lookedAt;
    private volatile bool lost;

    public SessionId Id => id;

    public long Epoch => epoch;

    /// <summary>Whether another activation has taken the right.</summary>
    public bool IsLost => lost;

    /// <summary>When the last look was sent that found the mark, in timestamps of the sessions' clock.</summary>
    public long LookedAt => Volatile.Read(ref lookedAt);

    /// <summary>Takes note of what a look found.</summary>
    /// <param name="found">The epoch in the row; null if there is none.</param>
    /// <param name="sentAt">When the look was sent, not when it was answered: the row may have changed since.</param>
    public void Note(long? found, long sentAt)
    {
        if (found == epoch)
        {
            InterlockedMax(sentAt);
        }
        else
        {
            lost = true;
        }
    }

    private void InterlockedMax(long sentAt)
    {
        var seen = Volatile.Read(ref lookedAt);
        while (seen < sentAt)
        {
            var before = Interlocked.CompareExchange(ref lookedAt, sentAt, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
