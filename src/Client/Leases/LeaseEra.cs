namespace Sessions.Client;

/// <summary>
/// Executions of one lease that are cancelled together. An execution belongs to the era in which it was admitted, so that what is
/// admitted after a cancellation is not hit by it.
/// </summary>
internal sealed class LeaseEra
{
    private int cause;

    /// <summary>Why its executions were cancelled; None while they were not.</summary>
    public CancellationCause Cause => (CancellationCause)Volatile.Read(ref cause);

    /// <summary>What the session said, where it said something. Set before the cause.</summary>
    public SessionError? Error { get; private set; }

    /// <summary>When those that still have not ended are abandoned, by the holder's clock. Set before the cause.</summary>
    public long AbandonAt { get; private set; }

    /// <summary>Cancels; the first cause stays. Not to be called by two at once.</summary>
    public bool Cancel(CancellationCause why, SessionError? error, long abandonAt)
    {
        if (Cause != CancellationCause.None)
        {
            return false;
        }

        (Error, AbandonAt) = (error, abandonAt);
        Volatile.Write(ref cause, (int)why);
        return true;
    }
}
