namespace Sessions.Grains.Storage;

/// <summary>Whether saves are on their way, or when the last one was answered: a sweep gives way to them. A moment old is good enough.</summary>
internal sealed class SaveActivity(TimeProvider clock)
{
    private int saves;
    private long answered = long.MinValue;

    public void Begin() => Interlocked.Increment(ref saves);

    public void End()
    {
        Volatile.Write(ref answered, clock.GetTimestamp());
        Interlocked.Decrement(ref saves);
    }

    /// <summary>Zero while there are some, null if there never were any.</summary>
    public TimeSpan? SinceLast() =>
        Volatile.Read(ref saves) > 0 ? TimeSpan.Zero
        : Volatile.Read(ref answered) is var last && last == long.MinValue ? null
        : clock.GetElapsedTime(last);
}
