namespace Sessions.Core;

/// <summary>
/// What holds for a session in fact: its configuration, within what policies bound it to, less what was moved to its children. Whoever
/// judges, grants or fences goes by this and not by the configuration.
/// </summary>
internal static class EffectiveTerms
{
    /// <summary>Its quotas. Less than nothing is left of none.</summary>
    public static SessionQuotas Quotas(SessionRecord record)
    {
        var quotas = record.Configuration.Quotas;
        if (record.Bounds is { } bounds)
        {
            quotas = quotas.Lower(bounds.Ceiling.Quotas);
        }

        foreach (var child in record.Children)
        {
            quotas = quotas.Less(child.Quotas);
        }

        return quotas;
    }

    /// <summary>What the namespace lets its executions do, as applied.</summary>
    public static SessionPermissions PolicyPermissions(SessionRecord record) =>
        record.Bounds?.Ceiling.Permissions ?? SessionPermissions.All;
}
