namespace Sessions.Core;

/// <summary>
/// What holds for a session in fact: its configuration, within what policies bound it to, less what was moved to its children and what
/// those that have ended used. Whoever judges, grants or fences goes by this and not by the configuration.
/// </summary>
internal static class EffectiveTerms
{
    /// <summary>Its quotas. Less than nothing is left of none.</summary>
    public static SessionQuotas Quotas(SessionRecord record)
    {
        var quotas = Limits(record);
        foreach (var child in record.Children)
        {
            quotas = quotas.Less(child.Quotas);
        }

        return record.Spent is { } spent
            ? quotas.Less(new SessionQuotas { Executions = spent.ChargedExecutions, ComputeTime = spent.ChargedComputeTime })
            : quotas;
    }

    /// <summary>Its limits, of what it and its children use together.</summary>
    public static SessionQuotas Limits(SessionRecord record) => record.Bounds is { } bounds
        ? record.Configuration.Quotas.Lower(bounds.Ceiling.Quotas)
        : record.Configuration.Quotas;

    /// <summary>What the namespace lets its executions do, as applied.</summary>
    public static SessionPermissions PolicyPermissions(SessionRecord record) =>
        record.Bounds?.Ceiling.Permissions ?? SessionPermissions.All;
}
