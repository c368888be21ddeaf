namespace Sessions.Core.Admission;

/// <summary>How much of a quota goes out at a time: by demand, and less the less there is, down to one.</summary>
internal static class BlockSizes
{
    /// <summary>No block is larger, so that no total overflows and no crash charges for more.</summary>
    public const long Largest = 1 << 26;

    /// <summary>A block for one of so many holders. Half of a fair share, so that the last units are spread over those who come.</summary>
    /// <param name="wanted">How much is asked for.</param>
    /// <param name="available">How much there is; null for no limit.</param>
    /// <param name="holders">Among how many it is shared, the asking one included.</param>
    public static long Of(long wanted, long? available, int holders)
    {
        var bounded = Math.Clamp(wanted, 0, Largest);
        return available is { } left
            ? Math.Min(bounded, Math.Min(Math.Max(left, 0), Math.Max(1, left / (2L * Math.Max(1, holders)))))
            : bounded;
    }

    /// <summary>
    /// A block of what is charged when its holder is gone. Beyond what is used at once it is small beside what is left, so that a crash costs
    /// little of a small quota; of the smallest only single units go out.
    /// </summary>
    /// <param name="wanted">How much is asked for.</param>
    /// <param name="waiting">Of that, how much is used at once.</param>
    /// <param name="available">How much there is; null for no limit.</param>
    /// <param name="holders">Among how many it is shared, the asking one included.</param>
    public static long OfCharged(long wanted, long waiting, long? available, int holders) => available is { } left
        ? Math.Max(AtOnce(Math.Min(wanted, waiting), left), Of(wanted, available, 16 * Math.Max(1, holders)))
        : Of(wanted, null, holders);

    /// <summary>A block of places. Those that are filled at once are not shared out: whoever comes first has them, as with a single holder.</summary>
    /// <inheritdoc cref="OfCharged"/>
    public static long OfPlaces(long wanted, long waiting, long available, int holders) =>
        Math.Max(AtOnce(Math.Min(wanted, waiting), available), Of(wanted, available, holders));

    private static long AtOnce(long waiting, long available) => Math.Clamp(Math.Min(waiting, available), 0, Largest);

    /// <summary>What a session debits for itself, to admit single executions from: what it admitted in the second before.</summary>
    public static long Own(long needed, long lately, long? available) =>
        Math.Max(needed, Math.Min(Math.Clamp(lately, 1, 1 << 16), available is { } left ? Math.Max(0, left) / 8 : long.MaxValue));
}
