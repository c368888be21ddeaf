namespace Sessions.Silo.Logs;

/// <summary>
/// Counts log entries of one kind instead of writing each, after the first: an outage makes thousands of them, which say the same. Thread-safe.
/// </summary>
internal sealed class RepeatedEntries(TimeProvider time)
{
    /// <summary>How long entries of a kind are counted before one is written again.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    // Kinds are few: a category, a number, and what was thrown. This bounds them against one that makes numbers up.
    private const int MostKinds = 1000;

    private readonly Lock gate = new();
    private readonly Dictionary<object, Kind> kinds = [];

    /// <summary>Takes an entry.</summary>
    /// <param name="kind">Compared by value.</param>
    /// <returns>Whether to write it, and how many of its kind were not written since the last one.</returns>
    public (bool IsWritten, long Left) Take(object kind)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (kinds.TryGetValue(kind, out var known) && time.GetElapsedTime(known.WrittenAt, now) < Window)
            {
                known.Left++;
                return (false, 0);
            }

            if (known is null && kinds.Count >= MostKinds)
            {
                kinds.Clear();
            }

            kinds[kind] = new() { WrittenAt = now };
            return (true, known?.Left ?? 0);
        }
    }

    private sealed class Kind
    {
        public required long WrittenAt { get; init; }

        public long Left { get; set; }
    }
}
