using System.Collections.Immutable;

namespace Sessions.Core.Events;

/// <summary>A part of the log.</summary>
/// <param name="Events">In order; may be empty though more follow, because one question looks at a bounded part of the log.</param>
/// <param name="Next">
/// Where to go on from: the place of an event, always. Not of a transaction that left none: after a crash of the database the id of one
/// that was not committed may be given out again, and its event would stand before the reader.
/// </param>
/// <param name="Horizon">The last event before which everything stands for ever; whoever has come to it has read all that can be read now.</param>
/// <param name="Settled">Every transaction before it is over. A reader that goes on from here misses no later event.</param>
/// <param name="Newest">Everything that was committed when the store looked stands before it or at it. A cursor beyond it is not one of this log.</param>
internal sealed record EventLogPage(
    ImmutableArray<LoggedEvent> Events, EventCursor Next, EventCursor Horizon, EventCursor Settled, EventCursor Newest)
{
    /// <summary>Whether all that can be read now has been.</summary>
    public bool IsAtHorizon => Next >= Horizon;
}
