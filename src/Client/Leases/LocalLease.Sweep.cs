namespace Sessions.Client;

internal sealed partial class LocalLease
{
    // Under the lock.
    private readonly List<LeaseEra> cancelledEras = [];
    private long askedAt;
    private long admittedWhenAsked;
    private bool isComputeSpent;

    /// <summary>
    /// What has to happen with the passing of time: what outlived its lease is cancelled, what did not heed that is abandoned.
    /// Says what the keeper is to do, and when to look again.
    /// </summary>
    public LeaseDue Sweep(long now)
    {
        lock (sync)
        {
            CloseIfOver(now);
            CancelWhatIsOver(now);
            Abandon(now);
            var running = RunningNow;
            demand.Sample(running);
            if (IsRetired)
            {
                return new LeaseDue(NextEra(long.MaxValue), running == 0 ? LeaseAct.Forget : LeaseAct.None);
            }

            var lease = (long)duration.TotalMilliseconds;
            var isUsed = running > 0 || AdmittedNow != admittedWhenAsked;
            var renewAt = askedAt + (lease / 2);
            if (sessionEnd is { } end)
            {
                // The session may have been renewed since. Who asks only after the old end learns of that too late, and what runs would be
                // cancelled; so the nearer the end, the sooner, down to an eighth of a lease.
                renewAt = Math.Min(renewAt, askedAt + Math.Max(lease / 8, (end - askedAt) / 2));
            }

            if (isUsed && IsShortOfComputeTime(running))
            {
                renewAt = askedAt + (lease / 8);

                // Blocks get smaller towards the end of a quota: one that is used up sooner is followed by another while there is
                // more, or what runs would be cancelled with compute time left.
                if (ComputeEnd(now) is { } blockEnd && terms?.Terms.Left.ComputeTime > TimeSpan.Zero)
                {
                    renewAt = Math.Min(renewAt, askedAt + ((blockEnd - askedAt) / 2));
                }
            }

            var idleAt = Volatile.Read(ref lastUse) + lease;
            var act = isUsed && now >= renewAt ? LeaseAct.Renew
                : running == 0 && now >= idleAt ? LeaseAct.GiveBack
                : LeaseAct.None;

            // What is due already has been done, or is under way, or failed: look again soon.
            var soon = now + Math.Max(1, lease / 8);
            var actAt = isUsed ? renewAt : idleAt;
            var next = Math.Min(actAt > now ? actAt : soon, Math.Min(runningUntil, IsOpen ? terms!.AdmitUntil : long.MaxValue));
            if (ComputeEnd(now) is { } computeEnd)
            {
                next = Math.Min(next, computeEnd);
            }

            next = NextEra(next);
            return new LeaseDue(next > now ? next : soon, act);
        }
    }

    /// <summary>When compute time is used up if nothing ends before; null where nothing of the kind threatens.</summary>
    public long? ComputeEnd(long now)
    {
        lock (sync)
        {
            return isComputeLimited && !isComputeSpent && compute.Running > 0
                ? now + Math.Max(1, (computeGranted.Ticks - UsedTicks) / compute.Running / TimeSpan.TicksPerMillisecond)
                : null;
        }
    }

    private bool IsShortOfComputeTime(int running) =>
        isComputeLimited && (computeGranted.Ticks - UsedTicks) < duration.Ticks / 4 * Math.Max(1, running);

    private void CancelWhatIsOver(long now)
    {
        if (now >= runningUntil)
        {
            // Once: what is still running at the next sweep has been told.
            runningUntil = long.MaxValue;
            Cancel(now >= sessionEnd ? CancellationCause.Expired : CancellationCauses.Of(lastRefusal), lastRefusal);
        }

        if (isComputeLimited && !isComputeSpent && compute.Running > 0 && UsedTicks >= computeGranted.Ticks)
        {
            // Past the lease there may be more, and nobody who could be asked for it.
            isComputeSpent = true;
            Cancel(IsOpen ? CancellationCause.ComputeTime : CancellationCause.LeaseLost, lastRefusal);
        }
    }

    /// <summary>Admits nothing more and cancels everything that runs. What is admitted later belongs to the next era.</summary>
    private void Cancel(CancellationCause cause, SessionError? said)
    {
        Close();
        if (RunningNow == 0)
        {
            return;
        }

        var patience = (long)duration.TotalMilliseconds;
        era.Cancel(cause, said ?? CancellationCauses.Explain(cause, gate.SessionId, terms?.Terms), clock.Milliseconds + patience);
        cancelledEras.Add(era);
        ExecutionSlots.Cancel(era);
        era = new LeaseEra();
    }

    private void Abandon(long now)
    {
        for (var i = cancelledEras.Count - 1; i >= 0; i--)
        {
            if (now >= cancelledEras[i].AbandonAt && ExecutionSlots.Abandon(cancelledEras[i]))
            {
                cancelledEras.RemoveAt(i);
            }
        }
    }

    private long NextEra(long next) => cancelledEras.Count == 0 ? next : Math.Min(next, cancelledEras.Min(static era => era.AbandonAt));
}

/// <summary>What a sweep found.</summary>
/// <param name="Next">When to look again.</param>
/// <param name="Act">What to do.</param>
internal readonly record struct LeaseDue(long Next, LeaseAct Act);

/// <summary>What the keeper is to do with a lease.</summary>
internal enum LeaseAct
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Ask for it again, ahead of its end.</summary>
    Renew = 1,

    /// <summary>Give it back: nobody uses it.</summary>
    GiveBack = 2,

    /// <summary>It is over.</summary>
    Forget = 3,
}
