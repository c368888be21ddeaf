namespace Sessions.Core.Admission;

/// <summary>
/// Everything that one activation has granted and what came of it. Belongs to one <see cref="GrantMark"/>: what is debited there is
/// what may be out. Takes moments and messages, returns answers; does not know a task, a clock or a store.
/// </summary>
internal sealed partial class AdmissionLedger(AdmissionTimings timings)
{
    private const int MaxLeases = 10_000;

    private readonly Dictionary<LeaseId, LeaseAccount> leases = [];
    private readonly RateShares rate = new();
    private SessionQuotas quotas = SessionQuotas.Unlimited;
    private long quietUntil = long.MinValue;
    private long rateQuietUntil = long.MinValue;

    // Out in leases, kept in step with the accounts so that no admission has to add them up.
    private long executionsOut;
    private TimeSpan computeTimeOut;
    private long places;
    private int shares;
    private long running;
    private long nextEnd = long.MaxValue;
    private long usedAt;

    /// <summary>The leases that a fence has to call back, or a starving holder may want something of.</summary>
    public IEnumerable<LeaseAccount> Leases => leases.Values;

    /// <summary>Whether nothing is out and nothing runs, by nobody's grant, so that the mark may go.</summary>
    /// <remarks>
    /// Without the mark the next activation would not know that another's grants may be in use still: it would wait for nothing.
    /// </remarks>
    public bool IsClean(long now) =>
        now >= quietUntil && singles.Count == 0 && !IsMissingSingles(now) && !leases.Values.Any(account => account.IsHeld);

    /// <summary>What runs now, and the compute time that it may still use. Idle leases hold nothing else once the session is fenced.</summary>
    public Outstanding Outstanding => new(RunningNow, computeTimeOut + reserved);

    /// <summary>Whether somebody holds a lease, used or not.</summary>
    public bool HasLeases => leases.Count > 0;

    /// <summary>Begins from a record at which nobody else's grants are left uncharged.</summary>
    /// <param name="record">The record.</param>
    /// <param name="timings">How long what is granted holds.</param>
    /// <param name="now">The moment, not earlier than when the record was read.</param>
    public static AdmissionLedger From(SessionRecord record, AdmissionTimings timings, long now)
    {
        var usage = record.Usage;
        var ledger = new AdmissionLedger(timings)
        {
            used = Tally.Of(usage),
            firstActivity = usage.FirstActivityAt,
            lastActivity = usage.LastActivityAt,
            latencies = usage.Latencies,
            logDropped = usage.LogDropped,

            // Whoever admitted before this activation may have done so just now, and the record does not say how often.
            // A child's parent admitted under the very rate that was moved to the child.
            rateQuietUntil = usage.Executions > 0 || record.Parent is not null ? now + RateShares.Rest : long.MinValue,
        };
        ledger.Follow(record);
        return ledger;
    }

    /// <summary>What is left for anybody: what lies idle in leases counts, because it can be called back.</summary>
    public QuotaMargins Left(in Moment now)
    {
        Lapse(now.Milliseconds);
        return new(
            Beyond(quotas.Executions, used.ChargedExecutions),
            Beyond(quotas.Concurrent, RunningNow + UnknownPlaces(now.Milliseconds)),
            OwnRateLeft(0, now.Milliseconds),
            quotas.ComputeTime is { } time ? Max(TimeSpan.Zero, time - used.ChargedComputeTime - reserved) : null);
    }

    /// <summary>When something that is short now may be back.</summary>
    public TimeSpan RetryAfter(long now) => now < quietUntil
        ? TimeSpan.FromMilliseconds(quietUntil - now)
        : timings.RetryAfter;

    /// <summary>Whether a fence is complete: nobody can admit anything any more under what was granted so far.</summary>
    public bool IsFenced(long now)
    {
        Lapse(now);
        return executionsOut == 0 && now >= quietUntil && !singles.Values.Any(single => single.StartsUntil > now);
    }

    /// <summary>How long until the fence is complete if no holder answers.</summary>
    public TimeSpan UntilFenced(long now)
    {
        var until = Math.Max(now, quietUntil);
        until = leases.Values.Where(account => account.ExecutionsOut > 0).Select(account => account.EndsAt).Append(until).Max();
        until = singles.Values.Select(single => single.StartsUntil).Append(until).Max();
        return TimeSpan.FromMilliseconds(until - now);
    }

    /// <summary>
    /// Takes a holder's report, which begins a lease if there is none. Nothing is changed if it is refused, and nothing by one that comes
    /// after a later one: reports are totals, and travel on two ways.
    /// </summary>
    /// <param name="id">Which session.</param>
    /// <param name="report">The report.</param>
    /// <param name="now">The moment.</param>
    /// <param name="mayBegin">Whether it may begin a lease.</param>
    /// <param name="epoch">
    /// Of a report that may be followed by others: which activation its holder must have heard, should another have granted the lease. 0
    /// where the report is the last one.
    /// </param>
    public SessionError? Take(SessionId id, LeaseReport report, in Moment now, bool mayBegin, long epoch = 0)
    {
        Lapse(now.Milliseconds);
        if (report is null || report.Lease.IsDefault || report.Holder.IsDefault || report.Sequence < 1)
        {
            return SessionError.InvalidConfiguration(id, [new("report", "names no lease, no holder or no sequence")]);
        }

        if (!leases.TryGetValue(report.Lease, out var account))
        {
            // Totals of a lease that nobody here knows belong to an activation that is gone, which has been charged for them.
            if (!mayBegin || report.Admitted != 0)
            {
                return Refusals.LeaseNotFound(id, report.Lease);
            }

            account = new LeaseAccount(report.Lease, report.Holder);
        }

        if (account.Holder != report.Holder)
        {
            return Refusals.LeaseNotFound(id, report.Lease);
        }

        if (report.Sequence <= account.Report.Sequence)
        {
            return null;
        }

        if (account.IsSilent && report.Epoch < epoch)
        {
            // It may be an old one on its way for long, and the holder may still take what another activation answers it. One that does not
            // say whom it has heard is of release 0.1, and begins anew.
            return report.Epoch == 0
                ? Refusals.LeaseNotFound(id, report.Lease)
                : Refusals.Moved(id);
        }

        if (ReportRules.FindFaults(report, account, account.IsSilent ? unclaimed : 0) is { IsEmpty: false } faults)
        {
            return SessionError.InvalidConfiguration(id, faults);
        }

        if (leases.Count >= MaxLeases && !leases.ContainsKey(report.Lease))
        {
            return Refusals.Unavailable(id, $"The session has {MaxLeases} holders already.", timings.Lease);
        }

        leases[report.Lease] = account;
        if (account.IsSilent)
        {
            Recognize(account, report, now.Milliseconds);
        }

        Apply(account, report, now);
        ResolveIfAllAreKnown(now.Milliseconds);
        return null;
    }

    /// <summary>Whether there is such a lease.</summary>
    public bool Knows(LeaseId lease) => leases.ContainsKey(lease);

    /// <summary>Says where a holder can be reached.</summary>
    public void Address(LeaseId lease, ILeaseHolder? holder) => leases[lease].Address = holder ?? leases[lease].Address;

    /// <summary>Charges a lease that its holder says it does not have: it will never report.</summary>
    public void Disown(LeaseId lease, long now)
    {
        if (leases.TryGetValue(lease, out var account) && !account.HasLapsed)
        {
            rate.GiveBack(account.PerSecond, now);
            Change(account, now, static a => (a.HasLapsed, a.IsOver, a.RunsUntil) = (true, true, a.EndsAt));
        }
    }

    /// <summary>Whether nothing is out, and nobody has asked for anything for as long as a lease lasts.</summary>
    public bool IsIdle(long now) => IsClean(now) && now - usedAt >= Milliseconds(timings.Lease);

    /// <summary>Lets rate rest that came back from a child, which may have used it just now.</summary>
    public void Rest(int share, long now) => rate.GiveBack(share, now);

    /// <summary>Ends a lease of which nothing is left.</summary>
    public void Forget(LeaseId lease, long now)
    {
        if (leases.TryGetValue(lease, out var account) && !account.IsHeld)
        {
            Count(account, -1);
            rate.GiveBack(account.PerSecond, now);
            leases.Remove(lease);
        }
    }

    /// <summary>How much has to be debited before a holder can be given what it should get; none if it is there.</summary>
    public Debit Missing(LeaseId lease, LeaseDemand demand)
    {
        var account = leases[lease];
        var executions = ExecutionBlock(account, demand) - DebitedExecutionsLeft;
        var time = quotas.ComputeTime is null
            ? TimeSpan.Zero // What is not limited is not debited either, and so is always behind what was used.
            : ComputeBlock(account, demand) - (debitedComputeTime - used.ChargedComputeTime - computeTimeOut - reserved);
        return new(Math.Max(0, executions), Max(TimeSpan.Zero, time), !account.IsListed);
    }

    /// <summary>
    /// Whether the committed mark has the lease. Nothing is granted before: the next activation would not know of whom it has not
    /// heard, and could neither wait for the holder nor take it over.
    /// </summary>
    public bool IsListed(LeaseId lease) => leases.TryGetValue(lease, out var account) && account.IsListed;

    /// <summary>Gives a holder what its demand and the rest permit, and names what it could not get any of.</summary>
    public LeaseTerms Grant(LeaseId lease, LeaseDemand demand, SessionRecord record, SessionPermissions policy, TimeSpan? timeLeft, in Moment now)
    {
        var account = leases[lease];
        var sharesBefore = account.PerSecond;
        var blocks = new LeaseBlocks(
            account.Granted.Executions + Math.Min(ExecutionBlock(account, demand), Math.Max(0, DebitedExecutionsLeft)),
            quotas.Concurrent is { } most ? PlacesOf(account, most, now.Milliseconds) + PlaceBlock(account, demand, most, now.Milliseconds) : null,
            quotas.PerSecond is { } perSecond ? ShareOf(account, perSecond, now.Milliseconds) + ShareBlock(account, demand, perSecond, now.Milliseconds) : null,
            quotas.ComputeTime is null
                ? null
                : (account.Granted.ComputeTime ?? account.Report.ComputeTime)
                    + Min(ComputeBlock(account, demand), Max(TimeSpan.Zero, debitedComputeTime - used.ChargedComputeTime - computeTimeOut - reserved)));
        Change(account, EndOf(now.Milliseconds), a =>
        {
            (a.HasLapsed, a.IsOver) = (false, false);
            a.Granted = blocks;
        });
        rate.GiveBack(sharesBefore - account.PerSecond, now.Milliseconds);
        usedAt = now.Milliseconds;
        var terms = new LeaseTerms
        {
            Duration = timings.Lease,
            TimeLeft = timeLeft,
            Version = record.Version,
            Epoch = record.Grant!.Epoch,
            Permissions = record.Configuration.Permissions,
            PolicyPermissions = policy,
            FunctionPatterns = record.Configuration.FunctionPatterns,
            Granted = blocks,
            Left = LeftBesideLeases(now.Milliseconds),
            Shortage = Shortage(account, demand, record, now.Milliseconds),
            ExecutionLogging = record.Configuration.Settings.ExecutionLogging,
            PerformanceMonitoring = record.Configuration.Settings.PerformanceMonitoring,
            Quotas = quotas,
            RunGrace = timings.RunGrace,
            ExpiresAt = SessionClock.ExpiresAt(record),
        };
        account.Answered = (terms, account.Report.Sequence);
        return terms;
    }

    /// <summary>What a holder that was granted what there is still has none of; null if nothing.</summary>
    public AdmissionStep? LackOf(LeaseId lease, LeaseDemand demand) => leases.TryGetValue(lease, out var account) ? Lacking(account, demand) : null;

    /// <summary>
    /// Whether a limit is reached by what runs and what is spent, going by the newest reports. What lies idle with a holder does not count, nor
    /// what others run or have by the grant of another activation and have not reported to this one, while they can still come back.
    /// </summary>
    /// <param name="step">Which limit.</param>
    /// <param name="now">The moment.</param>
    public bool IsReached(AdmissionStep step, long now) => step switch
    {
        AdmissionStep.Executions => used.ChargedExecutions - UnknownExecutions(now) >= quotas.Executions,
        AdmissionStep.Concurrent => running + singles.Count - leases.Values.Where(account => account.IsSilent).Sum(account => account.Running) >= quotas.Concurrent,

        // What runs has set compute time aside, as much as its holder keeps. It goes out in whole milliseconds.
        AdmissionStep.ComputeTime => quotas.ComputeTime - (used.ChargedComputeTime - UnknownComputeTime(now)) - reserved
            - leases.Values.Where(account => account.Running > 0).Aggregate(TimeSpan.Zero, static (sum, account) => sum + account.ComputeTimeOut)
            < TimeSpan.FromMilliseconds(1),
        _ => true,
    };

    /// <summary>Lets what a holder runs keep its places for another lease, whatever else is refused. Zero if there is no such lease.</summary>
    public TimeSpan Prolong(LeaseId lease, long now)
    {
        if (!leases.TryGetValue(lease, out var account))
        {
            return TimeSpan.Zero;
        }

        // Not when it may admit: that does not get later by a refusal, or a fence would wait for as long as somebody asks.
        Change(account, account.EndsAt, a => (a.IsOver, a.RunsUntil) = (false, RunsUntil(EndOf(now))));
        nextEnd = Math.Min(nextEnd, account.RunsUntil);
        return timings.Lease;
    }

    /// <summary>The newest report of a lease; an answer goes by it.</summary>
    public long BasisOf(LeaseId lease) => leases.TryGetValue(lease, out var account) ? account.Report.Sequence : 0;

    /// <summary>How many log entries of a lease are here.</summary>
    public long LogTaken(LeaseId lease) => leases.TryGetValue(lease, out var account) ? account.LogTaken : 0;

    /// <summary>What is left for a single execution: what is out in leases is not.</summary>
    public QuotaMargins LeftBesideLeases(long now)
    {
        return new(
            Beyond(quotas.Executions, used.ChargedExecutions + executionsOut),
            Beyond(quotas.Concurrent, PlacesTaken(now)),
            OwnRateLeft(shares, now),
            quotas.ComputeTime is { } time ? Max(TimeSpan.Zero, time - used.ChargedComputeTime - computeTimeOut - reserved) : null);
    }

    /// <summary>Charges what was not given back in time, and gives up what nobody keeps alive. Called before anything is decided.</summary>
    public void Lapse(long now, SessionSettings? settings = null)
    {
        if (now < nextEnd)
        {
            return;
        }

        foreach (var account in leases.Values.Where(account => account.IsLive && account.EndsAt <= now).ToArray())
        {
            rate.GiveBack(account.PerSecond, now);
            Change(account, account.EndsAt, a =>
            {
                // Where nothing can run there is nothing to wait for.
                a.RunsUntil = a.IsHeld ? Math.Max(a.RunsUntil, RunsUntil(a.EndsAt)) : a.EndsAt;
                a.HasLapsed = true;
            });
        }

        foreach (var account in leases.Values.Where(account => !account.IsLive && !account.IsOver && account.RunsUntil <= now).ToArray())
        {
            Change(account, account.EndsAt, static a => a.IsOver = true);
        }

        // A late report may still correct what was charged, but not for ever.
        foreach (var account in leases.Values.Where(account => account.IsOver && ForgottenAt(account) <= now).ToArray())
        {
            leases.Remove(account.Lease);
        }

        foreach (var single in singles.Values.Where(single => single.AbandonedAt <= now).ToArray())
        {
            End(single, default, ExecutionOutcome.Abandoned, single.Longest, settings ?? SessionSettings.Default, single.StartedAt + single.Longest);
        }

        GiveUpUnknown(now);
        nextEnd = leases.Values.Select(account => account.IsOver ? ForgottenAt(account) : account.IsLive ? account.EndsAt : account.RunsUntil)
            .Concat(singles.Values.Select(single => single.AbandonedAt))
            .Append(hadSingles ? silentUntil : long.MaxValue)
            .Min();
    }

    private static long? Beyond(long? limit, long used) => limit is { } most ? Math.Max(0, most - used) : null;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a >= b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a <= b ? a : b;

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds);

    private long EndOf(long now) => now + Milliseconds(timings.Lease + timings.Margin);

    private long RunsUntil(long end) => end + Milliseconds(timings.RunGrace);

    private long ForgottenAt(LeaseAccount account) => account.RunsUntil + (Milliseconds(timings.Lease) * 20);

    private void Apply(LeaseAccount account, LeaseReport report, in Moment now)
    {
        var before = account.Report;
        var sharesBefore = account.PerSecond;
        var kept = before.Sequence == 0 && account.IsListed ? report.Kept : new LeaseBlocks(
            report.Kept.Executions,
            account.Granted.Concurrent is { } given ? Math.Min(given, report.Kept.Concurrent ?? given) : null,
            account.Granted.PerSecond is { } share ? Math.Min(share, report.Kept.PerSecond ?? share) : null,
            account.Granted.ComputeTime is { } time ? Min(time, report.Kept.ComputeTime ?? time) : null);

        // A lease that ran out stays so until something is granted again. The report may have been sent before its end, and what it
        // keeps have been used since; taken for the last word it would let that be handed out a second time. One that begins is there for as long as one
        // that is granted, because it may have to wait for its first grant.
        var runsUntil = RunsUntil(EndOf(now.Milliseconds));
        Change(account, before.Sequence > 0 ? account.EndsAt : EndOf(now.Milliseconds), a =>
        {
            a.Report = report;
            a.Granted = kept;
            if (a.HasLapsed)
            {
                // What runs goes on: its holder is there.
                (a.IsOver, a.RunsUntil) = (false, runsUntil);
            }
        });
        rate.GiveBack(sharesBefore - account.PerSecond, now.Milliseconds);
        if (report.Latencies is { } durations)
        {
            latencies = (latencies ?? LatencyHistogram.Empty).Plus(durations.Minus(before.Latencies ?? LatencyHistogram.Empty));
        }

        TakeLog(account, report);
        TakeActivity(before, report, now.Utc);
    }

    /// <summary>The one way to change an account: totals move with it.</summary>
    private void Change(LeaseAccount account, long endsAt, Action<LeaseAccount> change)
    {
        Count(account, -1);
        change(account);
        account.EndsAt = endsAt;
        Count(account, 1);
        var owed = account.Owed;
        if (owed != account.Tally)
        {
            used = used - account.Tally + owed;
            account.Tally = owed;
            changes++;
        }

        nextEnd = Math.Min(nextEnd, endsAt);
    }

    private void Count(LeaseAccount account, int sign)
    {
        executionsOut += sign * account.ExecutionsOut;
        computeTimeOut += sign * account.ComputeTimeOut;
        places += sign * account.Places;
        shares += sign * account.PerSecond;
        running += sign * account.Running;
    }

    private bool HasDebited => DebitedExecutionsLeft >= 1;

    /// <summary>What may go out without another commit.</summary>
    private long DebitedExecutionsLeft => debitedExecutions - used.ChargedExecutions - executionsOut - withdrawn.Count;

    /// <summary>What runs, here and by anybody whom another activation admitted and who has not been heard of.</summary>
    private long RunningNow => running + singles.Count + silentSingles.Count;

    private long PlacesTaken(long now) => places + singles.Count + silentSingles.Count + UnknownPlaces(now);

    private int Sharers(LeaseAccount account) => leases.Values.Count(other => other == account || other.IsLive);

    private long ExecutionBlock(LeaseAccount account, LeaseDemand demand) => BlockSizes.OfCharged(
        demand.Executions - account.ExecutionsOut,
        demand.Waiting - account.ExecutionsOut,
        Beyond(quotas.Executions, used.ChargedExecutions + executionsOut),
        Sharers(account));

    private TimeSpan ComputeBlock(LeaseAccount account, LeaseDemand demand) => quotas.ComputeTime is not { } limit
        ? TimeSpan.Zero
        : TimeSpan.FromMilliseconds(BlockSizes.Of(
            (long)Math.Min((demand.ComputeTime - account.ComputeTimeOut).TotalMilliseconds, BlockSizes.Largest),
            (long)Max(TimeSpan.Zero, limit - used.ChargedComputeTime - computeTimeOut - reserved).TotalMilliseconds,
            Sharers(account)));

    /// <summary>
    /// The places that a lease keeps. Under a quota that was lowered it loses those that are too many, as soon as its holder can fill
    /// no other: it has no execution left to do it with. What runs goes on, but its place is not to be filled again.
    /// </summary>
    private int PlacesOf(LeaseAccount account, long limit, long now)
    {
        var excess = PlacesTaken(now) - limit;
        var fillable = account.IsLive ? account.Granted.Concurrent ?? account.Places : 0;
        return excess <= 0 ? account.Places
            : account.ExecutionsOut > 0 ? fillable
            : (int)Math.Clamp(account.Places - excess, 0, fillable);
    }

    /// <inheritdoc cref="PlacesOf"/>
    private int ShareOf(LeaseAccount account, long limit, long now) => account.ExecutionsOut > 0
        ? account.PerSecond
        : (int)Math.Clamp(account.PerSecond - rate.Excess(limit, shares, now), 0, account.PerSecond);

    private int PlaceBlock(LeaseAccount account, LeaseDemand demand, long limit, long now) => (int)BlockSizes.OfPlaces(
        demand.Concurrent - account.Places, account.Report.Running + demand.Waiting - account.Places, limit - PlacesTaken(now), Sharers(account));

    private long? OwnRateLeft(int leased, long now) =>
        quotas.PerSecond is not { } limit ? null : now < rateQuietUntil ? 0 : rate.OwnLeft(limit, leased, now);

    private int ShareBlock(LeaseAccount account, LeaseDemand demand, long limit, long now) => now < rateQuietUntil
        ? 0
        : (int)BlockSizes.Of(demand.PerSecond - account.PerSecond, rate.Available(limit, shares, now), Sharers(account));

    /// <remarks>
    /// What is used up for good comes first: a holder that is told to wait for something else would only be refused by this then. What lies with
    /// others may come back, as places and rate do. Compute time goes out in whole milliseconds.
    /// </remarks>
    private AdmissionStep? Lacking(LeaseAccount account, LeaseDemand demand)
    {
        var (granted, running) = (account.Granted, account.Report.Running);
        var lacksExecutions = demand.Executions > 0 && account.ExecutionsOut == 0;
        var lacksComputeTime = demand.ComputeTime > TimeSpan.Zero && granted.ComputeTime is not null && account.ComputeTimeOut == TimeSpan.Zero;
        return lacksExecutions && used.Executions >= quotas.Executions ? AdmissionStep.Executions
            : lacksComputeTime && quotas.ComputeTime - used.ComputeTime < TimeSpan.FromMilliseconds(1) ? AdmissionStep.ComputeTime
            : demand.Concurrent > running && granted.Concurrent <= running ? AdmissionStep.Concurrent
            : demand.PerSecond > 0 && granted.PerSecond == 0 ? AdmissionStep.PerSecond
            : lacksExecutions ? AdmissionStep.Executions
            : lacksComputeTime ? AdmissionStep.ComputeTime
            : null;
    }

    private SessionError? Shortage(LeaseAccount account, LeaseDemand demand, SessionRecord record, long now)
    {
        var step = Lacking(account, demand);
        return step is not { } missing ? null : AdmissionRefusals.Of(
            missing,
            new AdmissionFacts
            {
                SessionId = record.Id,
                Version = record.Version,
                Status = record.Status,
                Quotas = quotas,
                Left = LeftBesideLeases(now),
                RetryAfter = missing == AdmissionStep.PerSecond
                    ? Max(RetryAfter(now), Max(rate.UntilFree(now), TimeSpan.FromMilliseconds(rateQuietUntil - Math.Min(now, rateQuietUntil))))
                    : RetryAfter(now),
            },
            default);
    }
}

/// <summary>What has to be committed before something may go out.</summary>
/// <param name="Executions">How many more executions are to be debited.</param>
/// <param name="ComputeTime">How much more compute time.</param>
/// <param name="Lists">Whether the mark has to say first to whom something goes out.</param>
internal readonly record struct Debit(long Executions, TimeSpan ComputeTime, bool Lists = false)
{
    public bool IsNone => Executions == 0 && ComputeTime == TimeSpan.Zero && !Lists;
}
