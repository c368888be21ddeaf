namespace Sessions.Core.Search;

/// <summary>Whether a query means a session.</summary>
internal static class SearchMatch
{
    /// <summary>Whether everything that <paramref name="query"/> states applies to <paramref name="record"/>.</summary>
    public static bool Means(SessionQuery query, SessionRecord record) =>
        (query.Namespace is not { } within || (query.IncludeBelow ? within.Contains(record.Namespace) : within == record.Namespace))
        && (query.Creator is not { } creator || creator == record.Creator)
        && (query.Statuses.IsEmpty || query.Statuses.Contains(record.Status))
        && (query.Template is not { } template || IsMadeFrom(template, record.Template))
        && query.Labels.All(label => record.Configuration.Labels.TryGetValue(label.Key, out var value) && value == label.Value)
        && query.LabelConditions.All(condition => Meets(condition, record))
        && (query.Parent is not { } parent || record.Parent?.Id == parent)
        && (query.HasEnd is not { } hasEnd || hasEnd == SearchKeys.EndsAt(record) is not null)
        && (query.Text is not { } text || HasText(SearchKeys.Fold(text), record))
        && IsWithin(SearchKeys.Whole(record.RequestedAt), query.RequestedFrom, query.RequestedBefore)
        && ((query.EndsFrom is null && query.EndsBefore is null) || IsWithin(SearchKeys.EndsAt(record), query.EndsFrom, query.EndsBefore));

    private static bool IsMadeFrom(TemplateReference asked, TemplateReference? made) =>
        made is { } template && template.Name == asked.Name && (asked.Version is null || asked.Version == template.Version);

    private static bool Meets(LabelCondition condition, SessionRecord record)
    {
        var value = record.Configuration.Labels.GetValueOrDefault(condition.Key);
        return condition.Operator switch
        {
            LabelOperator.In => value is not null && condition.Values.Contains(value),
            LabelOperator.NotIn => value is null || !condition.Values.Contains(value),
            LabelOperator.Exists => value is not null,
            _ => value is null,
        };
    }

    private static bool HasText(string folded, SessionRecord record) => record.Configuration.Labels.Any(label =>
        SearchKeys.FoldedLabel(label.Key, label.Value).Contains(folded, StringComparison.Ordinal));

    private static bool IsWithin(DateTimeOffset? at, DateTimeOffset? from, DateTimeOffset? before) =>
        at is not null && (from is not { } first || at >= SearchKeys.Whole(first)) && (before is not { } end || at < SearchKeys.Whole(end));
}
