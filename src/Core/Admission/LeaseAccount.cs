namespace Sessions.Core.Admission;

/// <summary>What one holder was granted and has reported, as its session keeps it.</summary>
/// <remarks>
/// It goes from live to lapsed when the lease is over: nothing more is admitted under it, but what runs goes on, and its holder may come
/// back. From lapsed to over when the grace is over too: then the holder has cancelled what ran. A report or a grant makes it live again.
/// </remarks>
internal sealed class LeaseAccount(LeaseId lease, HolderId holder)
{
    public LeaseId Lease { get; } = lease;

    public HolderId Holder { get; } = holder;

    public ILeaseHolder? Address { get; set; }

    /// <summary>The newest report; empty before the first.</summary>
    public LeaseReport Report { get; set; } = new() { Lease = lease, Holder = holder };

    /// <summary>What was granted last, and upon which report; null before the first grant.</summary>
    public (LeaseTerms Terms, long Basis)? Answered { get; set; }

    /// <summary>The same while no later report shows what the holder has made of it: the answer may not have arrived.</summary>
    public (LeaseTerms Terms, long Basis)? Unheard => Answered is { } answer && answer.Basis == Report.Sequence && IsLive ? answer : null;

    /// <summary>What the holder has, as far as anybody knows: granted, less what it gave back.</summary>
    public LeaseBlocks Granted { get; set; }

    /// <summary>When the last grant is over for certain, by the session's monotonic clock.</summary>
    public long EndsAt { get; set; }

    /// <summary>When the holder, if it found nobody since, has cancelled what ran for certain.</summary>
    public long RunsUntil { get; set; }

    /// <summary>
    /// Whether another activation granted it, and its holder has not reported to this one. What it was granted beyond its last
    /// committed report is in the ledger's unclaimed units, and not here.
    /// </summary>
    public bool IsSilent { get; set; }

    /// <summary>
    /// Whether it ran out before its holder gave back what it had. What was out then is forfeited; a late report corrects it down to
    /// what it says was kept.
    /// </summary>
    public bool HasLapsed { get; set; }

    /// <summary>Whether the grace is over too, so that what ran has no place any more and counts as abandoned.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether the mark that is committed has this lease.</summary>
    public bool IsListed { get; set; }

    /// <summary>What stands in the session's usage on behalf of this lease.</summary>
    public Tally Tally { get; set; }

    /// <summary>How many entries of the holder's log were taken.</summary>
    public long LogTaken { get; set; }

    /// <summary>Whether the holder may still admit.</summary>
    public bool IsLive => !HasLapsed && !IsSilent;

    /// <summary>Executions that the holder may still admit.</summary>
    public long ExecutionsOut => IsLive ? Granted.Executions - Report.Admitted : 0;

    /// <summary>Compute time that the holder may still use.</summary>
    public TimeSpan ComputeTimeOut => IsLive ? Unused : TimeSpan.Zero;

    /// <summary>What runs, as far as anybody knows.</summary>
    public int Running => IsOver ? 0 : Report.Running;

    /// <summary>
    /// Places that the holder has, running executions included. Of a lapsed lease those that may be filled: by what ran when its holder was
    /// heard of last, and by what it may have begun since.
    /// </summary>
    public int Places => IsOver ? 0
        : IsSilent ? Report.Running
        : HasLapsed ? (int)Math.Min(Math.Max(Granted.Concurrent ?? 0, Report.Running), Report.Running + (Granted.Executions - Report.Admitted))
        : Math.Max(Granted.Concurrent ?? 0, Report.Running);

    /// <summary>Executions in any one second that the holder may admit.</summary>
    public int PerSecond => IsLive ? Granted.PerSecond ?? 0 : 0;

    /// <summary>Whether something of it may still be used, or runs.</summary>
    public bool IsHeld => !IsOver && (IsSilent || Report.Running > 0 || Granted.Executions > Report.Admitted);

    /// <summary>Whether a report that came now could show that less is used: something lies idle, or may have ended since the last.</summary>
    public bool MayUseLess => MayUseLessOf(AdmissionStep.Executions) || MayUseLessOf(AdmissionStep.Concurrent)
        || MayUseLessOf(AdmissionStep.PerSecond) || MayUseLessOf(AdmissionStep.ComputeTime);

    /// <inheritdoc cref="MayUseLess"/>
    /// <param name="limit">Of what.</param>
    public bool MayUseLessOf(AdmissionStep limit) => IsLive && limit switch
    {
        AdmissionStep.Executions => ExecutionsOut > 0,
        AdmissionStep.Concurrent => Places > 0,
        AdmissionStep.PerSecond => PerSecond > 0,
        AdmissionStep.ComputeTime => ComputeTimeOut > TimeSpan.Zero,
        _ => false,
    };

    /// <summary>What belongs into the session's usage now. What was withdrawn was reported as admitted and cancelled, and never began.</summary>
    public Tally Owed => new(
        Report.Admitted - Report.Withdrawn,
        Report.Succeeded,
        Report.Failed,
        Report.Cancelled - Report.Withdrawn,
        Report.Abandoned + (IsOver ? Report.Running : 0),
        Report.ComputeTime,
        HasLapsed && !IsSilent ? Granted.Executions - Report.Admitted : 0,
        HasLapsed && !IsSilent ? Unused : TimeSpan.Zero);

    /// <summary>What a commit keeps of it for the next activation.</summary>
    public LeaseShare Share => new()
    {
        Lease = Lease,
        Holder = Holder,
        Admitted = Report.Admitted,
        Succeeded = Report.Succeeded,
        Failed = Report.Failed,
        Cancelled = Report.Cancelled,
        Abandoned = Report.Abandoned,
        ComputeTime = Report.ComputeTime,
        LogTaken = LogTaken,
        Latencies = Report.Latencies,
        Withdrawn = Report.Withdrawn,
    };

    private TimeSpan Unused => Granted.ComputeTime is { } granted && granted > Report.ComputeTime ? granted - Report.ComputeTime : TimeSpan.Zero;

    /// <summary>A lease that another activation granted, from what it committed of it.</summary>
    public static LeaseAccount Of(LeaseShare share) => new(share.Lease, share.Holder)
    {
        IsSilent = true,
        IsListed = true,
        LogTaken = share.LogTaken,
        Granted = new(share.Admitted, null, null, null),
        Report = new()
        {
            Lease = share.Lease,
            Holder = share.Holder,
            Admitted = share.Admitted,
            Running = (int)Math.Clamp(share.Admitted - share.Succeeded - share.Failed - share.Cancelled - share.Abandoned, 0, int.MaxValue),
            Succeeded = share.Succeeded,
            Failed = share.Failed,
            Cancelled = share.Cancelled,
            Abandoned = share.Abandoned,
            ComputeTime = share.ComputeTime,
            Latencies = share.Latencies,
            Withdrawn = share.Withdrawn,
        },
        Tally = new(
            share.Admitted - share.Withdrawn, share.Succeeded, share.Failed, share.Cancelled - share.Withdrawn, share.Abandoned, share.ComputeTime),
    };
}
