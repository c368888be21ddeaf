using System.Collections.Immutable;

namespace Sessions.Core.Events;

/// <summary>
/// The newest part of one tenant's log, kept so that many readers at its end share what one of them had read. Whatever the log has
/// between <see cref="Start"/> and <see cref="End"/> is here.
/// </summary>
/// <param name="capacity">How many events are kept; up to twice as many for a while.</param>
internal sealed class EventTail(int capacity)
{
    private static readonly IComparer<LoggedEvent> ByCursor = Comparer<LoggedEvent>.Create((a, b) => a.Cursor.CompareTo(b.Cursor));

    private readonly List<LoggedEvent> events = [];

    /// <summary>What stands before it is not here any more.</summary>
    public EventCursor Start { get; private set; }

    /// <summary>How far the log was read.</summary>
    public EventCursor End { get; private set; }

    /// <summary>Forgets everything, and begins anew.</summary>
    public void Begin(EventCursor at)
    {
        events.Clear();
        (Start, End) = (at, at);
    }

    /// <summary>Takes what was read after <see cref="End"/>.</summary>
    public void Append(ImmutableArray<LoggedEvent> read, EventCursor next)
    {
        events.AddRange(read);
        End = next;
        if (events.Count > 2 * capacity)
        {
            var gone = events.Count - capacity;
            Start = events[gone - 1].Cursor;
            events.RemoveRange(0, gone);
        }
    }

    /// <summary>What matches after <paramref name="after"/>, which lies at <see cref="Start"/> or behind it, and where to go on from.</summary>
    public EventSlice Read(EventQuery query, EventCursor after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(after, Start);
        var found = ImmutableArray.CreateBuilder<LoggedEvent>();
        var place = events.BinarySearch(new LoggedEvent(after, null!), ByCursor);
        for (var n = place < 0 ? ~place : place + 1; n < events.Count && found.Count < limit; n++)
        {
            if (query.Includes(events[n].Event.Namespace))
            {
                found.Add(events[n]);
            }
        }

        return new EventSlice(found.ToImmutable(), found.Count == limit ? found[^1].Cursor : after > End ? after : End);
    }
}

/// <summary>A part of a tail.</summary>
/// <param name="Events">What matched.</param>
/// <param name="Next">Where to go on from.</param>
internal readonly record struct EventSlice(ImmutableArray<LoggedEvent> Events, EventCursor Next);
