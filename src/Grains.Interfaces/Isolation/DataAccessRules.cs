namespace Sessions;

/// <summary>The one place that judges whether a session may touch another's data.</summary>
public static class DataAccessRules
{
    /// <summary>Whether <paramref name="deny"/> denies whatever <paramref name="allow"/> could ever allow.</summary>
    internal static bool IsDead(DataRule allow, DataRule deny) =>
        deny is { Effect: RuleEffect.Deny }
        && deny.Who.Covers(allow.Who)
        && (allow.Operations & ~deny.Operations) == 0
        && (allow.KeyPrefix ?? "").StartsWith(deny.KeyPrefix ?? "", StringComparison.Ordinal)
        && (deny.Until is null || deny.Until >= allow.Until);
}
