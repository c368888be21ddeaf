using Sessions.Core;

namespace Sessions.Faults;

/// <summary>What a client knows of a renewal.</summary>
/// <param name="IsAcknowledged">Whether it was told that the session was renewed; otherwise that it was not.</param>
/// <param name="End">The end before it.</param>
/// <param name="By">By how much it was to move.</param>
/// <param name="Outlasts">Whether with it the session goes on until the test is over.</param>
internal sealed record Renewal(bool IsAcknowledged, DateTimeOffset End, TimeSpan By, bool Outlasts);

/// <summary>What can be read off one session's row and log when everything has ended whose time is up.</summary>
internal static class SweepHistory
{
    /// <summary>The rules that the session broke, each in words; none if it ended once and in its time.</summary>
    /// <param name="record">Its row.</param>
    /// <param name="events">Its log.</param>
    /// <param name="renewal">The only one that was asked for; null for none.</param>
    /// <param name="promised">Its end as it was made, known from elsewhere; null if nobody noted it.</param>
    /// <param name="parentEnd">When its parent's time was up; null if it has no parent.</param>
    public static IEnumerable<string> Faults(
        SessionRecord record, IReadOnlyList<SessionEvent> events, Renewal? renewal, DateTimeOffset? promised, DateTimeOffset? parentEnd)
    {
        if (!events.Select(e => e.Sequence).SequenceEqual(Enumerable.Range(1, (int)record.LastSequence).Select(n => (long)n)))
        {
            yield return "the log is not dense from 1 to what the row says";
        }

        var isRenewed = renewal is { IsAcknowledged: true };
        if (renewal is not null && Count(SessionEventType.SessionRenewed) != (isRenewed ? 1 : 0))
        {
            yield return "renewals in the log are not those that were acknowledged";
        }

        if (renewal is not null && events.Any(e => e.Type == SessionEventType.SessionRenewed && e.At >= renewal.End))
        {
            yield return "it was renewed after its end";
        }

        if (renewal is not null && record.ExpiresAt != (isRenewed ? renewal.End + renewal.By : renewal.End))
        {
            yield return "its end is not what its renewal left";
        }

        if (renewal is null && promised is not null && record.ExpiresAt != promised)
        {
            yield return $"it was made to end at {promised:O} and is to end at {record.ExpiresAt:O}";
        }

        if (Count(SessionEventType.SessionExpiring) > Count(SessionEventType.SessionRenewed) + 1)
        {
            yield return "notice was given twice of one end";
        }

        var endings = events.Where(IsEnding).ToList();
        if (renewal is { IsAcknowledged: true, Outlasts: true })
        {
            if (record.Status != SessionStatus.Active || endings.Count > 0 || Count(SessionEventType.SessionClosed) > 0)
            {
                yield return "it ended although it was renewed";
            }

            yield break;
        }

        if (record.Status != SessionStatus.Closed || record.HasData)
        {
            yield return $"it is {record.Status}{(record.HasData ? " with data" : "")}";
        }

        if (endings.Count != 1 || Count(SessionEventType.SessionClosed) != 1)
        {
            yield return $"it ended {endings.Count} times and was closed {Count(SessionEventType.SessionClosed)} times";
            yield break;
        }

        if (events[^1].Type != SessionEventType.SessionClosed)
        {
            yield return $"{events[^1].Type} came after it was closed";
        }

        // A child ends with its parent, unless it is faster.
        var isWithParent = record.EndReason == EndReason.ParentEnded;
        var (ending, end) = (endings[0], isWithParent ? parentEnd : record.ExpiresAt);
        if (ending.Type != (isWithParent ? SessionEventType.SessionClosing : SessionEventType.SessionExpired))
        {
            yield return $"it ended by {ending.Type} for the reason {record.EndReason}";
        }

        if (!(ending.At >= end))
        {
            yield return $"it was to end at {end:O} and did at {ending.At:O}";
        }

        int Count(SessionEventType type) => events.Count(e => e.Type == type);
    }

    private static bool IsEnding(SessionEvent e) => e.Type is SessionEventType.SessionExpired or SessionEventType.SessionClosing;
}
