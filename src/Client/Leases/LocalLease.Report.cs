namespace Sessions.Client;

internal sealed partial class LocalLease
{
    private static readonly TimeSpan Assumed = TimeSpan.FromSeconds(3);

    // Under the lock.
    private readonly ExecutionLog log = new();
    private LatencyRecorder? latencies;
    private long sequence;

    // The report of the request that is not answered yet; 0 if there is none.
    private long asked;

    /// <summary>The next message that asks, with what to ask for.</summary>
    /// <param name="waiters">How many admissions wait for the answer.</param>
    public LeaseMessage NextRequest(int waiters)
    {
        lock (sync)
        {
            var now = clock.Milliseconds;
            CloseIfOver(now);
            var running = RunningNow;
            var need = demand.Next(now, AdmittedNow, UsedTicks, compute.UsedUntil(clock.Ticks), running, waiters, rate?.Taken(now) ?? 0, duration);
            if (IsOpen)
            {
                Trim(need);
            }

            (askedAt, admittedWhenAsked) = (now, AdmittedNow);

            // What only keeps the places of running executions after a fence asks for nothing: nobody waits for more.
            var wanted = !IsOpen && waiters == 0 ? default : need;
            var report = BuildReport();
            asked = report.Sequence;
            return new LeaseMessage(this, report, wanted, now);
        }
    }

    /// <summary>
    /// Closes the account if nothing runs, and gives the last report; null if something does, or if it has been closed before.
    /// </summary>
    public LeaseReport? Retire()
    {
        lock (sync)
        {
            if (IsRetired || RunningNow > 0)
            {
                return null;
            }

            Close();
            if (RunningNow > 0)
            {
                return null;
            }

            IsRetired = true;
            return BuildReport();
        }
    }

    /// <summary>Gives back everything that is not running, for good, and reports upon what is.</summary>
    public LeaseReport Leave()
    {
        lock (sync)
        {
            Close();
            IsRetired = true;
            return BuildReport();
        }
    }

    /// <summary>Obeys a recall, and reports: after it nothing is admitted that the report does not count.</summary>
    public LeaseReport Recall(LeaseRecall recall)
    {
        lock (sync)
        {
            Hear(recall);

            // Sent before the session changed, and late: what is held was granted afterwards.
            if (recall.Version != 0 && IsOpen && recall.Version < terms!.Terms.Version)
            {
                return BuildReport();
            }

            if (recall.Reason == RecallReason.Idle)
            {
                GiveIdleBack(recall.Wanted);
            }
            else
            {
                Close();
                if (recall.Reason == RecallReason.Stopped)
                {
                    // The session calls back at its own end too, a little later than the end that is known here.
                    Cancel(clock.Milliseconds >= sessionEnd ? CancellationCause.Expired : CancellationCause.Stopped, null);
                }
            }

            return BuildReport();
        }
    }

    /// <summary>Takes what was granted, where the recall is faster than the answer that grants it.</summary>
    private void Hear(LeaseRecall recall)
    {
        if (recall.Terms is { } granted && recall.Basis == sequence && recall.Basis == asked && !IsRetired && granted.Epoch >= epoch)
        {
            (epoch, asked) = (granted.Epoch, 0);
            Accept(granted, askedAt);
        }
    }

    /// <summary>Gives back what nobody uses or waits for: those who wait here were granted it, and would only be granted it again.</summary>
    private void GiveIdleBack(IdleShare wanted)
    {
        if (wanted == IdleShare.Nothing)
        {
            return;
        }

        var (wasUsed, waiting) = (clock.Milliseconds - Volatile.Read(ref lastUse) < 100, gate.Waiters);
        var share = wasUsed && wanted != IdleShare.All ? 2 : 0;
        Shrink(word => Keep(word.Executions, share), word => Keep(word.Places, share));

        // A share of the rate rests before it goes out again, so that nobody is helped at once by all of it.
        rate?.Limit = Keep(rate.Limit, wasUsed ? 2 : 0);
        var unused = computeGranted - TimeSpan.FromTicks(UsedTicks);
        if (unused > TimeSpan.Zero)
        {
            computeGranted -= share == 2 || compute.Running > 0 || waiting > 0 ? unused / 2 : unused;
        }

        int Keep(int amount, int share) => Math.Max(share == 0 ? 0 : amount / share, Math.Min(amount, waiting));
    }

    /// <summary>Gives back of a block that has become far larger than what is needed, so that it does not wait for a recall.</summary>
    private void Trim(in LeaseDemand need)
    {
        var most = (int)Math.Min(LeaseWord.MaxExecutions, need.Executions * 4);
        if (Word.Executions > most)
        {
            Shrink(word => Math.Min(word.Executions, most), static word => word.Places);
        }
    }

    private void Shrink(Func<LeaseWord, int> executions, Func<LeaseWord, int> places)
    {
        if (Word.IsClosed)
        {
            return;
        }

        var kept = default(LeaseWord);
        var limited = arePlacesLimited;
        var seen = Replace(seen => kept = seen.Open(executions(seen), limited ? places(seen) : seen.Places));
        executionsTotal -= seen.Executions - kept.Executions;
        placesTotal -= seen.Places - kept.Places;
    }

    private LeaseReport BuildReport()
    {
        // One reading of the word, so that what was admitted and what runs belong together.
        var now = clock.Milliseconds;
        var seen = Word;
        var (admitted, running) = (executionsTotal - seen.Executions, placesTotal - seen.Places);
        demand.Sample(running);
        admittedReported = admitted;

        // Noted without a lock, so that a thread which was held up may note an earlier moment after a later one.
        var (first, lastBegin, lastEnd) = (firstUse, Volatile.Read(ref lastUse), Volatile.Read(ref lastSettled));
        first = first == long.MinValue ? first : Math.Min(first, Math.Min(lastBegin, lastEnd == long.MinValue ? lastBegin : lastEnd));
        return new LeaseReport
        {
            Lease = Id,
            Holder = holder,
            Sequence = ++sequence,
            Admitted = admitted,
            Running = running,
            Succeeded = admitted - running - failed - cancelled - abandoned,
            Failed = failed,
            Cancelled = cancelled,
            Abandoned = abandoned,
            ComputeTime = TimeSpan.FromTicks(Volatile.Read(ref settledTicks)),
            SinceFirst = Since(first),
            SinceLast = first == long.MinValue ? null : Since(lastBegin),
            SinceLastEnd = first == long.MinValue ? null : Since(lastEnd),
            Kept = new LeaseBlocks(
                executionsTotal,
                arePlacesLimited ? placesTotal : null,
                isRateLimited ? rate?.Limit ?? 0 : null,
                isComputeLimited ? computeGranted : null),
            Latencies = latencies?.ToHistogram(),
            Log = log.ToImmutable(),
            LogStart = log.Start,
            Epoch = epoch,
            Withdrawn = withdrawn,
        };

        TimeSpan? Since(long then) => then == long.MinValue ? null : TimeSpan.FromMilliseconds(Math.Max(0, now - then));
    }

    private void Record(ExecutionSlot slot, ExecutionOutcome outcome, TimeSpan duration)
    {
        if (slot.Terms.Terms.PerformanceMonitoring)
        {
            (latencies ??= new LatencyRecorder()).Add(duration);
        }

        if (slot.Terms.Terms.ExecutionLogging)
        {
            log.Add(new ExecutionRecord
            {
                Function = slot.Function,
                StartedAt = clock.UtcNow - duration,
                Duration = duration,
                Outcome = outcome,
                Depth = slot.Depth,
            });
        }
    }
}

/// <summary>A message that asks, on its way.</summary>
/// <param name="Lease">Under which lease.</param>
/// <param name="Report">Its report.</param>
/// <param name="Demand">What it asks for.</param>
/// <param name="SentAt">When it was made, before it was sent; what the answer grants counts from here.</param>
internal readonly record struct LeaseMessage(LocalLease Lease, LeaseReport Report, LeaseDemand Demand, long SentAt);
