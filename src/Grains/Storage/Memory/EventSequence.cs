using System.Collections.Immutable;
using Sessions.Core.Events;

namespace Sessions.Grains.Storage.Memory;

/// <summary>The events of all sessions in the order of their saves.</summary>
internal sealed class EventSequence
{
    private static readonly IComparer<LoggedEvent> ByCursor = Comparer<LoggedEvent>.Create((a, b) => a.Cursor.CompareTo(b.Cursor));

    private readonly List<LoggedEvent> log = [];
    private ulong transaction;

    public EventLogPage Read(SessionNamespace? within, EventCursor after, int limit)
    {
        // A save is one turn under the lock, so nothing is ever in flight here.
        var (horizon, end) = (log.Count > 0 ? log[^1].Cursor : EventCursor.Start, new EventCursor(transaction + 1, 0));
        var events = ImmutableArray.CreateBuilder<LoggedEvent>();
        var place = log.BinarySearch(new LoggedEvent(after, null!), ByCursor);
        for (var n = place < 0 ? ~place : place + 1; n < log.Count && events.Count < limit; n++)
        {
            if (within?.Contains(log[n].Event.Namespace) ?? true)
            {
                events.Add(log[n]);
            }
        }

        var next = events.Count == limit ? events[^1].Cursor : after > horizon ? after : horizon;
        return new EventLogPage(events.ToImmutable(), next, horizon, end, end);
    }

    public void Append(ImmutableArray<SessionEvent> events)
    {
        transaction++;
        foreach (var e in events)
        {
            log.Add(new LoggedEvent(new EventCursor(transaction, log.Count + 1), e));
        }
    }

    /// <summary>Forgets the events of sessions that are deleted.</summary>
    public void Remove(IReadOnlySet<SessionId> gone) => log.RemoveAll(logged => gone.Contains(logged.Event.SessionId));
}
