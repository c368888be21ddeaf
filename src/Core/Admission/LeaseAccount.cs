namespace Sessions.Core.Admission;

/// <summary>What one holder was granted and has reported, as its session keeps it.</summary>
internal sealed class LeaseAccount(LeaseId lease, HolderId holder)
{
    public LeaseId Lease { get; } = lease;

    public HolderId Holder { get; } = holder;

    public ILeaseHolder? Address { get; set; }

    /// <summary>The newest report; empty before the first.</summary>
    public LeaseReport Report { get; set; } = new() { Lease = lease, Holder = holder };

    /// <summary>What the holder has, as far as anybody knows: granted, less what it gave back.</summary>
    public LeaseBlocks Granted { get; set; }

    /// <summary>When the last grant is over for certain, by the session's monotonic clock.</summary>
    public long EndsAt { get; set; }

    /// <summary>
    /// Whether it ran out before its holder gave back what it had. What was out then is charged; a late report corrects it down to
    /// what it says was kept.
    /// </summary>
    public bool HasLapsed { get; set; }

    /// <summary>What stands in the session's usage on behalf of this lease.</summary>
    public Tally Tally { get; set; }

    /// <summary>How many entries of the holder's log were taken.</summary>
    public long LogTaken { get; set; }

    /// <summary>Executions that the holder may still admit.</summary>
    public long ExecutionsOut => HasLapsed ? 0 : Granted.Executions - Report.Admitted;

    /// <summary>Compute time that the holder may still use.</summary>
    public TimeSpan ComputeTimeOut =>
        HasLapsed || Granted.ComputeTime is not { } granted || granted <= Report.ComputeTime ? TimeSpan.Zero : granted - Report.ComputeTime;

    /// <summary>Places that the holder has, running executions included.</summary>
    public int Places => HasLapsed ? 0 : Math.Max(Granted.Concurrent ?? 0, Report.Running);

    /// <summary>Executions in any one second that the holder may admit.</summary>
    public int PerSecond => HasLapsed ? 0 : Granted.PerSecond ?? 0;

    /// <summary>Whether something of it may still be used, or runs.</summary>
    public bool IsHeld => ExecutionsOut > 0 || (!HasLapsed && Report.Running > 0);

    /// <summary>Whether somebody else could use something of it.</summary>
    public bool HasIdle => ExecutionsOut > 0 || (!HasLapsed && ((Granted.Concurrent ?? 0) > Report.Running || PerSecond > 0)) || ComputeTimeOut > TimeSpan.Zero;

    /// <summary>What belongs into the session's usage now.</summary>
    public Tally Owed => HasLapsed
        ? new(
            Granted.Executions,
            Report.Succeeded,
            Report.Failed,
            Report.Cancelled,
            Report.Abandoned + Report.Running + (Granted.Executions - Report.Admitted),
            Granted.ComputeTime is { } granted && granted > Report.ComputeTime ? granted : Report.ComputeTime)
        : new(Report.Admitted, Report.Succeeded, Report.Failed, Report.Cancelled, Report.Abandoned, Report.ComputeTime);
}
