namespace Sessions.Client;

/// <summary>
/// What is left of a lease in one 64-bit word, so that one compare-and-set admits:
/// closed (1 bit), generation (7), executions left (28), places left (28).
/// </summary>
/// <param name="Bits">The word.</param>
internal readonly record struct LeaseWord(long Bits)
{
    /// <summary>The most executions that fit.</summary>
    public const int MaxExecutions = (1 << Width) - 1;

    /// <summary>The places of a lease whose session does not limit them: more than can ever run.</summary>
    public const int UnlimitedPlaces = 1 << 27;

    /// <summary>Add this to a word, at once, to give a place back.</summary>
    public const long Place = 1;

    /// <summary>Add this to a word, at once, to undo <see cref="Taken"/>.</summary>
    public const long Unit = Execution + Place;

    private const int Width = 28;
    private const long Execution = 1L << Width;
    private const long CountMask = (1L << Width) - 1;
    private const int GenerationShift = 2 * Width;
    private const long ClosedBit = 1L << 63;

    /// <summary>Nothing left, and closed.</summary>
    public static readonly LeaseWord Nothing = new(ClosedBit);

    public bool IsClosed => Bits < 0;

    public int Executions => (int)((Bits >> Width) & CountMask);

    public int Places => (int)(Bits & CountMask);

    /// <summary>Whether one more may be admitted.</summary>
    public bool HasRoom => Bits >= 0 && (Bits & CountMask) != 0 && (Bits & (CountMask << Width)) != 0;

    /// <summary>This, one execution and one place less.</summary>
    public LeaseWord Taken => new(Bits - Unit);

    /// <summary>Closed. The generation moves, so that no compare-and-set that began before succeeds after.</summary>
    public LeaseWord Closed(int places) => new(ClosedBit | NextGeneration | Checked(places));

    /// <summary>Open with these counts. The generation moves.</summary>
    public LeaseWord Open(int executions, int places) => new(NextGeneration | (Checked(executions) << Width) | Checked(places));

    private long NextGeneration => ((((Bits >> GenerationShift) & 0x7f) + 1) & 0x7f) << GenerationShift;

    private static long Checked(int count) => count is >= 0 and <= MaxExecutions
        ? count
        : throw new ArgumentOutOfRangeException(nameof(count), count, "Does not fit into the word of a lease.");
}
