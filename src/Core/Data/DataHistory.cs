namespace Sessions.Core.Data;

/// <summary>
/// What a session's row says of the answers to writes that it does not hold any more: an <see cref="AnswerHistory"/> as nine numbers, which a
/// statement of a database can work with. Versions are those of the data, instants are milliseconds since 1970, and a null is a null or 0.
/// </summary>
internal static class DataHistory
{
    /// <summary>How many numbers it is.</summary>
    public const int Count = 9;

    // From 1, as PostgreSQL counts.
    public const int Newest = 1;
    public const int Ahead = 2;
    public const int Sealed = 3;
    public const int SealedUntil = 4;
    public const int SealedNewest = 5;
    public const int Expired = 6;
    public const int ExpiredNewest = 7;
    public const int Kept = 8;
    public const int Forgotten = 9;

    /// <summary>The numbers of a history.</summary>
    public static long?[] NumbersOf(AnswerHistory history) =>
    [
        Milliseconds(history.Newest),
        Milliseconds(history.Ahead),
        Version(history.Sealed),
        Milliseconds(history.SealedUntil),
        Milliseconds(history.SealedNewest),
        Version(history.Expired),
        Milliseconds(history.ExpiredNewest),
        Version(history.Kept),
        Milliseconds(history.Forgotten),
    ];

    /// <summary>The history that numbers stand for.</summary>
    public static AnswerHistory Of(ReadOnlySpan<long?> numbers) => new()
    {
        Newest = Instant(numbers[Newest - 1]),
        Ahead = Instant(numbers[Ahead - 1]),
        Sealed = numbers[Sealed - 1] ?? 0,
        SealedUntil = Instant(numbers[SealedUntil - 1]),
        SealedNewest = Instant(numbers[SealedNewest - 1]),
        Expired = numbers[Expired - 1] ?? 0,
        ExpiredNewest = Instant(numbers[ExpiredNewest - 1]),
        Kept = numbers[Kept - 1] ?? 0,
        Forgotten = Instant(numbers[Forgotten - 1]),
    };

    /// <summary>An instant as a number.</summary>
    public static long? Milliseconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    private static DateTimeOffset? Instant(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    private static long? Version(long version) => version == 0 ? null : version;
}
