namespace Sessions.Core.Data;

/// <summary>
/// What the logs say of accesses across sessions: the first of each other session and operation in an hour, on both sides. The record
/// keeps the newest, so that whoever reads a thousand values leaves one event and not a thousand.
/// </summary>
internal static class AccessLog
{
    /// <summary>How many accesses a record keeps. One that has been pushed out is logged again: too often and never too seldom.</summary>
    public const int Kept = 64;

    /// <summary>How long one event stands for all accesses of its kind.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>Whether the log says already that this goes on.</summary>
    public static bool Has(SessionRecord record, SessionId peer, DataOperations operation, bool reached, DateTimeOffset now)
    {
        foreach (var access in record.Accesses)
        {
            if (access.Reached == reached && access.Operation == operation && access.Peer == peer && access.At + Window > now)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Logs an access, unless the log has it.</summary>
    /// <param name="record">Whose log.</param>
    /// <param name="peer">The other session.</param>
    /// <param name="operation">What it is about.</param>
    /// <param name="reached">Whether this session reaches for the other's data; otherwise the other for this one's.</param>
    /// <param name="actor">Who asked for it.</param>
    /// <param name="now">The moment.</param>
    public static Decision Note(
        SessionRecord record, SessionId peer, DataOperations operation, bool reached, Principal actor, DateTimeOffset now)
    {
        if (Has(record, peer, operation, reached, now))
        {
            return Decision.None;
        }

        var next = record with
        {
            Version = record.Version + 1,
            LastSequence = record.LastSequence + 1,
            ChangedAt = now,
            Accesses =
            [
                .. record.Accesses.Where(access => access.At + Window > now).TakeLast(Kept - 1),
                new LoggedAccess(peer, operation, reached, now),
            ],
        };
        var type = reached ? SessionEventType.DataReached : SessionEventType.DataShared;
        return Decision.Commit(
            next, [Change.EventOf(next, type, next.Status, new SessionCause(actor, null, null), now) with { Peer = peer, Operations = operation }]);
    }
}
