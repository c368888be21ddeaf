namespace Sessions.Cli.Replay;

/// <summary>How many executions were admitted, and how they ended.</summary>
internal sealed record ExecutionCounts(long Admitted, long Succeeded, long Failed, long Cancelled, long Unsettled)
{
    public static readonly ExecutionCounts None = new(0, 0, 0, 0, 0);

    /// <summary>What a session says. What it counts as abandoned, and what it closed over while it ran, has no other outcome.</summary>
    public static ExecutionCounts Of(SessionUsage usage) => new(
        usage.Executions,
        usage.Succeeded,
        usage.Failed,
        usage.Cancelled,
        usage.Executions - usage.Succeeded - usage.Failed - usage.Cancelled);

    public static ExecutionCounts operator +(ExecutionCounts a, ExecutionCounts b) => new(
        a.Admitted + b.Admitted, a.Succeeded + b.Succeeded, a.Failed + b.Failed, a.Cancelled + b.Cancelled, a.Unsettled + b.Unsettled);
}
