namespace Sessions.Core;

/// <summary>
/// How fast to sweep. With nobody else about, as fast as the store takes it; beside callers, in small batches with as much rest
/// between them as they take. Batches grow slowly and shrink at once, so that callers who come feel one large batch at most.
/// </summary>
/// <param name="Batch">The most sessions of the next batch.</param>
/// <param name="Rest">How long to leave the store alone before it.</param>
internal readonly record struct SweepPace(int Batch, TimeSpan Rest)
{
    /// <summary>The largest batch. Whoever saves one of its sessions waits for milliseconds.</summary>
    public const int MaxBatch = 128;

    /// <summary>The smallest: what it costs to send one at all is shared by enough sessions.</summary>
    public const int MinBatch = 16;

    /// <summary>How much larger a batch may be than the one before it.</summary>
    private const int Step = 16;

    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(100);

    /// <summary>How to begin.</summary>
    public static SweepPace Start { get; } = new(MaxBatch / 2, TimeSpan.Zero);

    /// <summary>Whether there is room for a second batch beside one under way.</summary>
    public bool IsFull => Batch == MaxBatch;

    /// <summary>How to go on.</summary>
    /// <param name="took">How long the batch took.</param>
    /// <param name="others">How many saves of others were on their way at its end.</param>
    public SweepPace After(TimeSpan took, int others) => others == 0
        ? new(Math.Min(MaxBatch, Batch + Step), TimeSpan.Zero)
        : new(Math.Max(MinBatch, Batch / 2), took < LongestRest ? took : LongestRest);
}
