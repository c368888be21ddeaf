namespace Sessions.Core.Sweeping;

/// <summary>
/// How fast to sweep. With nobody else about, as fast as the store takes it; beside callers, in batches that are over before they would
/// notice, on a slow machine as on a fast one, with twice as much rest between them as they take. Batches grow slowly and shrink at once,
/// so that callers who come feel one large batch at most.
/// </summary>
/// <param name="Batch">The most sessions of the next batch.</param>
/// <param name="Rest">How long to leave the store alone before it.</param>
internal readonly record struct SweepPace(int Batch, TimeSpan Rest)
{
    /// <summary>The largest batch. Whoever saves one of its sessions waits for milliseconds.</summary>
    public const int MaxBatch = 128;

    /// <summary>The largest beside callers.</summary>
    public const int MaxBatchBeside = 32;

    /// <summary>
    /// The smallest: what it costs to send and commit one at all, which callers feel as much as what is in it, is shared by enough sessions.
    /// </summary>
    public const int MinBatch = 8;

    /// <summary>How long a batch beside callers is to take at most: about as long as one of their own saves.</summary>
    public static readonly TimeSpan Unnoticed = TimeSpan.FromMilliseconds(4);

    /// <summary>How much larger a batch may be than the one before it.</summary>
    private const int Step = 16;

    private const int RestShare = 2;

    // Callers who come a few times a second are about between their calls, too.
    private static readonly TimeSpan Gone = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(250);

    /// <summary>How to begin.</summary>
    public static SweepPace Start { get; } = new(MaxBatch / 2, TimeSpan.Zero);

    /// <summary>Whether there is room for a second batch beside one under way.</summary>
    public bool IsFull => Batch == MaxBatch;

    /// <summary>How to go on.</summary>
    /// <param name="took">How long the batch took.</param>
    /// <param name="sinceOthers">How long others have been gone at its end; null if there never were any.</param>
    public SweepPace After(TimeSpan took, TimeSpan? sinceOthers) => sinceOthers < Gone
        ? new(
            took > Unnoticed || Batch > MaxBatchBeside ? Math.Max(MinBatch, Batch / 2) : Math.Min(MaxBatchBeside, Batch + 1),
            took * RestShare < LongestRest ? took * RestShare : LongestRest)
        : new(Math.Min(MaxBatch, Batch + Step), TimeSpan.Zero);
}
