namespace Sessions.Storage.Postgres.Saving;

/// <summary>
/// Whether somebody is here, or when the last one left. Read and written without a lock: what is a moment old says as much.
/// </summary>
internal sealed class Presence(TimeProvider clock)
{
    private int present;
    private long left = long.MinValue;

    public void Begin() => Interlocked.Increment(ref present);

    public void End()
    {
        Volatile.Write(ref left, clock.GetTimestamp());
        Interlocked.Decrement(ref present);
    }

    /// <summary>How long nobody has been here; zero if somebody is, null if nobody ever was.</summary>
    public TimeSpan? SinceLast() =>
        Volatile.Read(ref present) > 0 ? TimeSpan.Zero
        : Volatile.Read(ref left) is var last && last == long.MinValue ? null
        : clock.GetElapsedTime(last);
}
