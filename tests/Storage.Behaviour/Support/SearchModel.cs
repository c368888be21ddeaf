using Sessions.Core;

namespace Sessions.Storage.Behaviour.Support;

/// <summary>What a query means, said once more and as plainly as can be: every store is compared with this.</summary>
internal static class SearchModel
{
    /// <summary>The sessions that are meant and have a place in the order, in it.</summary>
    public static IEnumerable<SessionRecord> Find(IEnumerable<SessionRecord> records, SessionQuery query, SessionOrder order)
    {
        var meant = Find(records, query);
        return order switch
        {
            SessionOrder.NewestFirst => meant.OrderByDescending(r => Micros(r.RequestedAt)).ThenByDescending(r => r.Id),
            SessionOrder.OldestFirst => meant.OrderBy(r => Micros(r.RequestedAt)).ThenBy(r => r.Id),
            SessionOrder.EndsFirst => meant.Where(r => End(r) is not null).OrderBy(r => Micros(End(r)!.Value)).ThenBy(r => r.Id),
            _ => meant.Where(r => End(r) is not null).OrderByDescending(r => Micros(End(r)!.Value)).ThenByDescending(r => r.Id),
        };
    }

    /// <summary>The sessions that are meant.</summary>
    public static IEnumerable<SessionRecord> Find(IEnumerable<SessionRecord> records, SessionQuery query)
    {
        var found = records;
        if (query.Namespace is { } within)
        {
            found = found.Where(r => r.Namespace == within || (query.IncludeBelow && $"{r.Namespace}".StartsWith($"{within}/", StringComparison.Ordinal)));
        }

        if (query.Creator is { } creator)
        {
            found = found.Where(r => r.Creator == creator);
        }

        if (!query.Statuses.IsEmpty)
        {
            found = found.Where(r => query.Statuses.Contains(r.Status));
        }

        if (query.Template is { } template)
        {
            found = found.Where(r => r.Template is { } made && (template.Version is null ? made.Name == template.Name : made == template));
        }

        foreach (var label in query.Labels)
        {
            found = found.Where(r => r.Configuration.Labels.Contains(label));
        }

        foreach (var condition in query.LabelConditions)
        {
            found = condition.Operator switch
            {
                LabelOperator.In => found.Where(r => r.Configuration.Labels.Any(label => label.Key == condition.Key && condition.Values.Contains(label.Value))),
                LabelOperator.NotIn => found.Where(r => !r.Configuration.Labels.Any(label => label.Key == condition.Key && condition.Values.Contains(label.Value))),
                LabelOperator.Exists => found.Where(r => r.Configuration.Labels.ContainsKey(condition.Key)),
                _ => found.Where(r => !r.Configuration.Labels.ContainsKey(condition.Key)),
            };
        }

        found = query.Parent is { } parent ? found.Where(r => r.Parent is { } link && link.Id == parent) : found;
        found = query.HasEnd is { } hasEnd ? found.Where(r => End(r) is not null == hasEnd) : found;
        if (query.Text is { } text)
        {
            found = found.Where(r => r.Configuration.Labels.Any(label =>
                label.Key.Contains(text, StringComparison.OrdinalIgnoreCase) || label.Value.Contains(text, StringComparison.OrdinalIgnoreCase)));
        }

        found = query.RequestedFrom is { } from ? found.Where(r => Micros(r.RequestedAt) >= Micros(from)) : found;
        found = query.RequestedBefore is { } before ? found.Where(r => Micros(r.RequestedAt) < Micros(before)) : found;
        found = query.EndsFrom is { } endsFrom ? found.Where(r => End(r) is { } end && Micros(end) >= Micros(endsFrom)) : found;
        return query.EndsBefore is { } endsBefore ? found.Where(r => End(r) is { } end && Micros(end) < Micros(endsBefore)) : found;
    }

    private static DateTimeOffset? End(SessionRecord record) => record switch
    {
        { EndedAt: { } ended } => ended,
        { Status: SessionStatus.Paused, Configuration.Settings.PauseClock: PauseClock.Stops } => null,
        _ => record.ExpiresAt,
    };

    private static long Micros(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerMicrosecond;
}
