namespace Sessions.Core.Children;

/// <summary>What a session and the children that have ended used together. What open ones use is in their own records.</summary>
internal static class FamilyUsage
{
    /// <summary>The usage to show.</summary>
    public static SessionUsage Of(SessionRecord record)
    {
        var usage = record.Spent is { } spent ? Plus(record.Usage, spent) : record.Usage;
        return usage.Children == record.Children.Length ? usage : usage with { Children = record.Children.Length };
    }

    /// <summary>What is spent when a child has ended: executions, compute time and outcomes, its own children's too.</summary>
    public static SessionUsage Spend(SessionUsage? spent, SessionRecord child)
    {
        var used = Of(child);
        return Plus(spent ?? SessionUsage.None, new SessionUsage
        {
            Executions = used.Executions,
            ComputeTime = used.ComputeTime,
            Succeeded = used.Succeeded,
            Failed = used.Failed,
            Cancelled = used.Cancelled,
            Abandoned = used.Abandoned,
            Forfeited = used.Forfeited,
            ForfeitedComputeTime = used.ForfeitedComputeTime,
        });
    }

    private static SessionUsage Plus(SessionUsage usage, SessionUsage spent) => usage with
    {
        Executions = usage.Executions + spent.Executions,
        ComputeTime = usage.ComputeTime + spent.ComputeTime,
        Succeeded = usage.Succeeded + spent.Succeeded,
        Failed = usage.Failed + spent.Failed,
        Cancelled = usage.Cancelled + spent.Cancelled,
        Abandoned = usage.Abandoned + spent.Abandoned,
        Forfeited = usage.Forfeited + spent.Forfeited,
        ForfeitedComputeTime = usage.ForfeitedComputeTime + spent.ForfeitedComputeTime,
    };
}
