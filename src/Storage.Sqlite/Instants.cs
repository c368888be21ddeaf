namespace Sessions.Storage.Sqlite;

/// <summary>Points in time as the file has them.</summary>
internal static class Instants
{
    /// <summary>Whole microseconds since 1970, rounded down.</summary>
    public static long Micros(DateTimeOffset at) => Math.DivRem(Ticks(at), TimeSpan.TicksPerMicrosecond) is var (whole, rest) && rest < 0 ? whole - 1 : whole;

    /// <inheritdoc cref="Micros(DateTimeOffset)"/>
    public static long? Micros(DateTimeOffset? at) => at is { } instant ? Micros(instant) : null;

    /// <summary>Units of 100 ns since 1970.</summary>
    public static long Ticks(DateTimeOffset at) => at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;

    /// <inheritdoc cref="Ticks(DateTimeOffset)"/>
    public static long? Ticks(DateTimeOffset? at) => at is { } instant ? Ticks(instant) : null;

    public static DateTimeOffset OfMicros(long micros) => OfTicks(micros * TimeSpan.TicksPerMicrosecond);

    public static DateTimeOffset OfTicks(long ticks) => new(ticks + DateTimeOffset.UnixEpoch.UtcTicks, TimeSpan.Zero);
}
