namespace Sessions.Core.Stored;

/// <summary>The moment under which a session stands in the index of due sessions, alike in every store.</summary>
internal static class DueTime
{
    /// <summary>
    /// <see cref="SessionClock.DueAt"/>, up to the next whole microsecond: PostgreSQL keeps no more, and rounding down would
    /// hand a session out before its time.
    /// </summary>
    public static DateTimeOffset? Of(SessionRecord record) => Stored(SessionClock.DueAt(record));

    /// <inheritdoc cref="Of"/>
    public static DateTimeOffset? Stored(DateTimeOffset? moment)
    {
        if (moment is not { } due)
        {
            return null;
        }

        var beyond = due.UtcTicks % TimeSpan.TicksPerMicrosecond;
        return due.ToUniversalTime().AddTicks(beyond == 0 ? 0 : TimeSpan.TicksPerMicrosecond - beyond);
    }
}
