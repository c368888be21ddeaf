using Sessions.Core.Data;

namespace Sessions.Core;

/// <summary>How long a session that has ended is kept, with all that hangs on it.</summary>
internal static class RetentionRules
{
    /// <summary>When somebody is to look whether the session is to go, as was foreseen when it ended; null for never.</summary>
    public static DateTimeOffset? LookAt(SessionRecord record) => GoneAt(record, record.Retention);

    /// <summary>When the session is to go; null for never. Not before its data, which was promised to stay for a time of its own.</summary>
    /// <param name="record">The session; one that goes on is not to go.</param>
    /// <param name="retention">How long sessions are kept now; null for ever.</param>
    public static DateTimeOffset? GoneAt(SessionRecord record, TimeSpan? retention) =>
        record.EndedAt is not { } ended || retention is not { } kept ? null
        : DataLifecycle.DropAt(record) is { } drop && drop > ended + kept ? drop
        : ended + kept;

    /// <summary>Notes at its end when the session is to be looked at, so that the store knows without asking anybody.</summary>
    public static SessionRecord Foresee(SessionRecord next, TimeSpan? retention) =>
        next.EndedAt is null || next.Retention == retention ? next : next with { Retention = retention };
}
