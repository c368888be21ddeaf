namespace Sessions.Core.Admission;

/// <summary>What executions have used, as far as it adds up.</summary>
internal readonly record struct Tally(
    long Executions,
    long Succeeded,
    long Failed,
    long Cancelled,
    long Abandoned,
    TimeSpan ComputeTime,
    long Forfeited = 0,
    TimeSpan ForfeitedComputeTime = default)
{
    /// <summary>What counts against the quota of executions.</summary>
    public long ChargedExecutions => Executions + Forfeited;

    /// <summary>What counts against the quota of compute time.</summary>
    public TimeSpan ChargedComputeTime => ComputeTime + ForfeitedComputeTime;

    public static Tally Of(SessionUsage usage) => new(
        usage.Executions,
        usage.Succeeded,
        usage.Failed,
        usage.Cancelled,
        usage.Abandoned,
        usage.ComputeTime,
        usage.Forfeited,
        usage.ForfeitedComputeTime);

    public static Tally operator +(Tally a, Tally b) => new(
        a.Executions + b.Executions,
        a.Succeeded + b.Succeeded,
        a.Failed + b.Failed,
        a.Cancelled + b.Cancelled,
        a.Abandoned + b.Abandoned,
        a.ComputeTime + b.ComputeTime,
        a.Forfeited + b.Forfeited,
        a.ForfeitedComputeTime + b.ForfeitedComputeTime);

    public static Tally operator -(Tally a, Tally b) => new(
        a.Executions - b.Executions,
        a.Succeeded - b.Succeeded,
        a.Failed - b.Failed,
        a.Cancelled - b.Cancelled,
        a.Abandoned - b.Abandoned,
        a.ComputeTime - b.ComputeTime,
        a.Forfeited - b.Forfeited,
        a.ForfeitedComputeTime - b.ForfeitedComputeTime);

    public static Tally OfEnd(ExecutionOutcome outcome, TimeSpan computeTime) => new(
        0,
        outcome == ExecutionOutcome.Succeeded ? 1 : 0,
        outcome == ExecutionOutcome.Failed ? 1 : 0,
        outcome == ExecutionOutcome.Cancelled ? 1 : 0,
        outcome == ExecutionOutcome.Abandoned ? 1 : 0,
        computeTime);
}
