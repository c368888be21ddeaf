using System.Collections.Immutable;

namespace Sessions.Core.Admission;

/// <summary>What a holder's report must be like. A report that is not changes nothing.</summary>
internal static class ReportRules
{
    /// <summary>The most log entries that a report may bring.</summary>
    public const int MaxLog = 1000;

    /// <summary>All that is wrong with a report by itself and after the one before; empty if nothing is.</summary>
    /// <param name="report">The report.</param>
    /// <param name="account">The lease as it is known.</param>
    /// <param name="unclaimed">How many executions more another activation may have granted to it.</param>
    public static ImmutableArray<ConfigurationFault> FindFaults(LeaseReport report, LeaseAccount account, long unclaimed)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        var (before, granted) = (account.Report, account.Granted with { Executions = account.Granted.Executions + unclaimed });
        NotBelow(faults, "admitted", report.Admitted, before.Admitted);
        NotBelow(faults, "succeeded", report.Succeeded, before.Succeeded);
        NotBelow(faults, "failed", report.Failed, before.Failed);
        NotBelow(faults, "cancelled", report.Cancelled, before.Cancelled);
        NotBelow(faults, "abandoned", report.Abandoned, before.Abandoned);
        NotBelow(faults, "computeTime", report.ComputeTime.Ticks, before.ComputeTime.Ticks);
        NotBelow(faults, "running", report.Running, 0);
        NotBelow(faults, "withdrawn", report.Withdrawn, before.Withdrawn);
        if (report.Withdrawn > report.Cancelled)
        {
            faults.Add(new("withdrawn", $"is {report.Withdrawn}, more than the {report.Cancelled} that were cancelled"));
        }

        if (report.Admitted > granted.Executions)
        {
            faults.Add(new("admitted", $"is {report.Admitted}, more than the {granted.Executions} that were granted"));
        }

        // In 128 bits, because totals that overflow must not add up by accident.
        if ((Int128)report.Succeeded + report.Failed + report.Cancelled + report.Abandoned + report.Running != report.Admitted)
        {
            faults.Add(new("admitted", "is not the sum of those that run and those that ended"));
        }

        if (report.Kept.Executions < report.Admitted || report.Kept.Executions > granted.Executions)
        {
            faults.Add(new("kept.executions", $"is {report.Kept.Executions}, not between what was admitted and what was granted"));
        }

        // Not held against what was granted: under a quota that was lowered a lease loses places and shares, and the answer that says so
        // may be lost. What is kept beyond them is not there, see AdmissionLedger.
        NotBelow(faults, "kept.concurrent", report.Kept.Concurrent ?? 0, 0);
        NotBelow(faults, "kept.perSecond", report.Kept.PerSecond ?? 0, 0);

        // Where the session has stopped limiting it meanwhile, the holder may not have heard of that.
        if (report.Kept.ComputeTime is { } kept && (kept < TimeSpan.Zero || (!account.IsSilent && kept > granted.ComputeTime)))
        {
            faults.Add(new("kept.computeTime", $"is {kept}, more than was granted"));
        }

        if (report.SinceFirst < TimeSpan.Zero || report.SinceLast < TimeSpan.Zero || report.SinceLast > report.SinceFirst)
        {
            faults.Add(new("sinceLast", "lies before sinceFirst, or in the future"));
        }

        if (report.SinceLastEnd < TimeSpan.Zero || report.SinceLastEnd > report.SinceFirst)
        {
            faults.Add(new("sinceLastEnd", "lies before sinceFirst, or in the future"));
        }

        FindLogFaults(faults, report);
        return faults.ToImmutable();
    }

    private static void FindLogFaults(ImmutableArray<ConfigurationFault>.Builder faults, LeaseReport report)
    {
        NotBelow(faults, "logStart", report.LogStart, 0);
        if (report.Log.Length > MaxLog)
        {
            faults.Add(new("log", $"has {report.Log.Length} entries, more than {MaxLog}"));
            return;
        }

        if (report.Log.Any(entry => entry is null
            || !entry.Function.IsValid
            || entry.Duration < TimeSpan.Zero
            || entry.Depth is < 0 or > AdmissionRules.MaxDepth
            || entry.Outcome is < ExecutionOutcome.Succeeded or > ExecutionOutcome.Abandoned))
        {
            faults.Add(new("log", "has an entry that is not an execution"));
        }

        if (report.Latencies is { IsPlausible: false })
        {
            faults.Add(new("latencies", "is not a histogram"));
        }
    }

    private static void NotBelow(ImmutableArray<ConfigurationFault>.Builder faults, string field, long value, long least)
    {
        if (value < least)
        {
            faults.Add(new(field, $"is {value}, less than {least}"));
        }
    }
}
