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

    /// <summary>
    /// What a session is found by that has a parent, kept among its labels: no label has it, because keys have no control characters. It is
    /// no text to search in.
    /// </summary>
    public static string ParentLabel(SessionId parent) => $"\nparent={parent}";

    /// <summary>The labels of a session as stores keep them to search by, each with the text that it is searched in.</summary>
    public static IEnumerable<(string Label, string Folded)> LabelsOf(SessionRecord record) => record.Configuration.Labels
        .Select(label => (LabelOf(label.Key, label.Value), FoldedLabel(label.Key, label.Value)))
        .Concat(record.Parent is { } parent ? [(ParentLabel(parent.Id), "")] : []);

    /// <summary>The labels that a query wants, as stores keep them. The first one is walked where a label is.</summary>
    public static IEnumerable<string> LabelsWanted(SessionQuery query) => (query.Parent is { } parent ? (string[])[ParentLabel(parent)] : [])
        .Concat(query.Labels.Select(label => LabelOf(label.Key, label.Value)));

    /// <summary>What a label's text is at least, and what it lies before, whatever its value.</summary>
    public static (string From, string Before) LabelsWithKey(string key) => ($"{key}=", $"{key}>");

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
