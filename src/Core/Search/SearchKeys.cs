using Sessions.Core.Stored;

namespace Sessions.Core.Search;

/// <summary>What of a session is searched by, alike in every store.</summary>
internal static class SearchKeys
{
    /// <summary>
    /// When the session ended, or, while it has not, when its duration is over; null where that is open. In whole microseconds.
    /// </summary>
    public static DateTimeOffset? EndsAt(SessionRecord record) =>
        (Lifecycle.IsFinal(record.Status) ? record.EndedAt : SessionClock.ExpiresAt(record)) is { } end ? Whole(end) : null;

    /// <summary>Where the session stands in an order; null where it is left out of it.</summary>
    public static SearchPosition? PositionOf(SessionRecord record, SessionOrder order) =>
        !GoesByEnd(order) ? new SearchPosition(Whole(record.RequestedAt), record.Id)
        : EndsAt(record) is { } end ? new SearchPosition(end, record.Id)
        : null;

    /// <summary>Whether an order goes by the ends of sessions, and not by their beginnings.</summary>
    public static bool GoesByEnd(SessionOrder order) => order is SessionOrder.EndsFirst or SessionOrder.EndsLast;

    /// <summary>Whether an order goes from the latest to the earliest.</summary>
    public static bool IsDescending(SessionOrder order) => order is SessionOrder.NewestFirst or SessionOrder.EndsLast;

    /// <summary>
    /// The order in which sessions are counted. Where the query says when they end, that is a part of the sessions, often a small one; and
    /// those whose end is open, which that order leaves out, are not meant.
    /// </summary>
    public static SessionOrder OrderForCount(SessionQuery query) =>
        query.EndsFrom is null && query.EndsBefore is null ? SessionOrder.OldestFirst : SessionOrder.EndsFirst;

    /// <summary>A label as one text. Keys have no equals sign, so that no two labels have the same.</summary>
    public static string LabelOf(string key, string value) => $"{key}={value}";

    /// <summary>
    /// Text without the difference between upper and lower case, character by character. Made here and never by a database, whose idea
    /// of case depends on how it was set up.
    /// </summary>
    public static string Fold(string text) => text.ToUpperInvariant();

    /// <summary>What a label is searched in for text: key and value, which no text that is searched for can reach across.</summary>
    public static string FoldedLabel(string key, string value) => $"{Fold(key)}\n{Fold(value)}";

    /// <summary>An instant in whole microseconds, as stores compare it.</summary>
    public static DateTimeOffset Whole(DateTimeOffset at) => ExecutionLog.Stored(at).ToUniversalTime();
}
