namespace Sessions.Core.Admission;

/// <summary>Executions that are admitted one by one.</summary>
internal sealed partial class AdmissionLedger
{
    private const int RememberedSettlements = 1024;

    private readonly Dictionary<ExecutionId, SingleExecution> singles = [];

    // By whom; by nobody where the execution was abandoned.
    private readonly Dictionary<ExecutionId, HolderId> settled = [];
    private readonly Queue<ExecutionId> settledInOrder = new();

    // Compute time set aside for those that run.
    private TimeSpan reserved;
    private long singlesInSecond;
    private long secondOf;
    private long singlesBefore;

    /// <summary>The answer that a single execution was given before, should it still run.</summary>
    public SingleExecution? Find(ExecutionId execution, HolderId holder) =>
        singles.TryGetValue(execution, out var single) && single.Holder == holder ? single : null;

    /// <summary>
    /// How long a single execution may still run, and within what time start, by the answer that it was given. Whoever asks once more
    /// counts from then, and may not get more by that than the session waits for.
    /// </summary>
    public (TimeSpan RunFor, TimeSpan StartWithin) LeftOf(SingleExecution single, long now)
    {
        TimeSpan Until(long end, TimeSpan most) => Min(most, Max(TimeSpan.Zero, TimeSpan.FromMilliseconds(end - now) - timings.Margin));
        return (Until(single.EndsAt, single.RunFor), Until(single.StartsUntil, timings.Start));
    }

    /// <summary>Whether the id was used: a second execution under it could not be told from the first.</summary>
    public bool IsUsed(ExecutionId execution) => singles.ContainsKey(execution) || settled.ContainsKey(execution);

    /// <summary>What is left for a single execution that runs already: only what it has used itself stands in its way.</summary>
    public QuotaMargins LeftFor(SingleExecution single, in Moment now)
    {
        var left = LeftBesideLeases(now.Milliseconds);
        var unused = single.Reserved - Max(now.Utc - single.StartedAt, TimeSpan.Zero);
        return new(null, null, null, left.ComputeTime + Max(unused, TimeSpan.Zero));
    }

    /// <summary>How much has to be debited before a single execution can be admitted; none if it is there.</summary>
    public Debit MissingForOne(TimeSpan runFor, long now)
    {
        var left = LeftBesideLeases(now);
        var lately = Math.Max(singlesBefore, singlesInSecond);

        // Of a quota that is used up nothing can be debited; otherwise everybody who waits would commit for nothing, one after the other.
        var executions = HasDebited || left.Executions == 0 ? 0 : BlockSizes.Own(1, lately, left.Executions);
        if (quotas.ComputeTime is null)
        {
            return new(executions, TimeSpan.Zero, !areSinglesListed);
        }

        var time = Min(runFor, left.ComputeTime!.Value);
        var free = debitedComputeTime - used.ChargedComputeTime - computeTimeOut - reserved;
        var more = free >= time
            ? TimeSpan.Zero
            : Max(time - free, Min(time * Math.Min(lately, 1000), left.ComputeTime.Value / 8));
        return new(executions, more, !areSinglesListed);
    }

    /// <summary>Says that single executions are about to be admitted, so that the next commit lists that.</summary>
    public void ExpectSingles() => expectsSingles = true;

    /// <summary>Admits a single execution, which the rules have found to be in order; null if nothing is debited, or this second is full.</summary>
    public SingleExecution? Begin(ExecutionRequest request, TimeSpan runFor, in Moment now)
    {
        if (!HasDebited || !areSinglesListed)
        {
            return null;
        }

        if (quotas.PerSecond is { } limit && !rate.TryStart(limit, shares, now.Milliseconds))
        {
            return null;
        }

        var single = new SingleExecution(request.Execution, request.Holder, request.Admission)
        {
            StartedAt = now.Utc,
            StartsUntil = now.Milliseconds + Milliseconds(timings.Start + timings.Margin),
        };
        singles.Add(single.Id, single);
        used += new Tally(1, 0, 0, 0, 0, TimeSpan.Zero);
        Extend(single, runFor, now);
        usedAt = now.Milliseconds;
        CountSingle(now.Milliseconds);
        Touch(now.Utc);
        return single;
    }

    /// <summary>Lets a single execution run for longer, as far as compute time reaches.</summary>
    public void Extend(SingleExecution single, TimeSpan runFor, in Moment now)
    {
        if (quotas.Concurrent is not null)
        {
            // An activation that takes over does not know what runs, and waits no longer than that until it gives the places away.
            runFor = Min(runFor, timings.Lease);
        }

        var elapsed = Max(now.Utc - single.StartedAt, TimeSpan.Zero);
        if (quotas.ComputeTime is { } limit)
        {
            // Set aside beside what it has used up to now, because only its end will say how much that was.
            var wanted = elapsed + runFor;
            var free = Max(TimeSpan.Zero, Min(limit, debitedComputeTime) - used.ChargedComputeTime - computeTimeOut - (reserved - single.Reserved));
            var granted = Min(wanted, free);
            reserved += granted - single.Reserved;
            single.Reserved = granted;
            runFor = Max(TimeSpan.Zero, granted - elapsed);
        }

        // Never less than it was told before: it may not hear of this answer.
        runFor = Max(runFor, TimeSpan.FromMilliseconds(single.EndsAt - now.Milliseconds) - timings.Margin);
        single.RunFor = runFor;
        single.Longest = elapsed + runFor;
        single.EndsAt = now.Milliseconds + Milliseconds(runFor + timings.Margin);

        // Compute time that nobody has set aside is not used in the grace either.
        single.Grace = quotas.ComputeTime is null ? timings.RunGrace : TimeSpan.Zero;
        single.AbandonedAt = Math.Max(single.AbandonedAt, single.EndsAt + Milliseconds(single.Grace));
        nextEnd = Math.Min(nextEnd, single.AbandonedAt);
        changes++;
    }

    /// <summary>Ends a single execution.</summary>
    public SessionError? Settle(SessionId id, ExecutionSettlement settlement, SessionSettings settings, in Moment now)
    {
        Lapse(now.Milliseconds);
        if (settlement.Outcome is < ExecutionOutcome.Succeeded or > ExecutionOutcome.Abandoned || settlement.Duration < TimeSpan.Zero)
        {
            return SessionError.InvalidConfiguration(id, [new("outcome", "is not one, or the duration is negative")]);
        }

        if (Find(settlement.Execution, settlement.Holder) is not { } single)
        {
            if (settlement.NeverBegan && !IsUsed(settlement.Execution))
            {
                // The request may arrive after this; admitted then, it would keep its place and nobody would run it.
                Remember(settlement.Execution, default);
            }

            // Whoever repeats a settlement that was done is told that it is.
            return settled.TryGetValue(settlement.Execution, out var by) && by == settlement.Holder && !by.IsDefault
                ? null
                : Refusals.ExecutionNotFound(id, settlement.Execution);
        }

        if (settlement.NeverBegan)
        {
            Withdraw(single);
            return null;
        }

        End(single, single.Holder, settlement.Outcome, settlement.Duration, settings, now.Utc);
        return null;
    }

    private void End(SingleExecution single, HolderId by, ExecutionOutcome outcome, TimeSpan duration, SessionSettings settings, DateTimeOffset now)
    {
        Remove(single, by);
        used += Tally.OfEnd(outcome, duration);
        if (settings.PerformanceMonitoring)
        {
            latencies = (latencies ?? LatencyHistogram.Empty).Record(duration);
        }

        if (settings.ExecutionLogging)
        {
            Log(new ExecutionRecord
            {
                Function = single.Request.Function,
                StartedAt = single.StartedAt,
                Duration = duration,
                Outcome = outcome,
                Depth = single.Request.Depth,
            });
        }

        Touch(now);
    }

    /// <summary>
    /// Takes an admission back. Its share of the rate rests for its second: nobody else could start in it for certain. Its unit rests until a
    /// commit: by the mark that lists it the unit is used, and whoever had it next would not be known to an activation that takes over.
    /// </summary>
    private void Withdraw(SingleExecution single)
    {
        Remove(single, single.Holder);
        if (listedSingles.Contains(single.Id))
        {
            withdrawn.Add(single.Id);
        }

        used -= new Tally(1, 0, 0, 0, 0, TimeSpan.Zero);
        changes++;
    }

    private void Remove(SingleExecution single, HolderId by)
    {
        singles.Remove(single.Id);
        reserved -= single.Reserved;
        Remember(single.Id, by);
    }

    /// <summary>Keeps an id from being admitted again.</summary>
    /// <param name="execution">The id.</param>
    /// <param name="by">Who has settled the execution; nobody if it was abandoned or never came.</param>
    private void Remember(ExecutionId execution, HolderId by)
    {
        settled.Add(execution, by);
        settledInOrder.Enqueue(execution);
        if (settledInOrder.Count > RememberedSettlements)
        {
            settled.Remove(settledInOrder.Dequeue());
        }
    }

    private void CountSingle(long now)
    {
        var second = now / 1000;
        if (second != secondOf)
        {
            (singlesBefore, singlesInSecond, secondOf) = (second == secondOf + 1 ? singlesInSecond : 0, 0, second);
        }

        singlesInSecond++;
    }
}
