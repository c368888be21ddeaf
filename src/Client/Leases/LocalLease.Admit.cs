using System.Runtime.CompilerServices;

namespace Sessions.Client;

internal sealed partial class LocalLease
{
    /// <summary>Admits one execution if the terms allow it and something is left. Makes no call, allocates nothing.</summary>
    /// <remarks>Whatever closes the lease counts what was taken before, so that it may run; and nothing is taken after.</remarks>
    public bool TryAdmit(FunctionName function, SessionPermissions needed, int depth, bool precise, out Execution execution)
    {
        execution = default;
        HeldTerms? judged = null;
        LeaseWord left;
        while (true)
        {
            // The word before the terms: then they are at least as new as the word, and no others can have come when the
            // compare-and-set succeeds.
            var seen = Word;
            if (!seen.HasRoom)
            {
                return false;
            }

            var current = Terms!;
            if (current != judged)
            {
                if (!current.Permit(function, needed, depth))
                {
                    return false;
                }

                if (current.IsMetered)
                {
                    return TryAdmitMetered(function, needed, depth, out execution);
                }

                judged = current;
            }

            left = seen.Taken;
            if (Interlocked.CompareExchange(ref word, left.Bits, seen.Bits) == seen.Bits)
            {
                break;
            }
        }

        // Only now, with the unit taken, it is certain that the terms and the time are those of an admission: before it the thread
        // may have been held up for as long as it takes to lose the lease, and to gain another under other terms.
        var valid = Terms!;
        var now = clock.Milliseconds;
        if (now >= valid.AdmitUntil || (valid != judged && (valid.IsMetered || !valid.Permit(function, needed, depth))))
        {
            Withdraw(now);
            return false;
        }

        Note(now);
        if (left.Executions == valid.AskAheadAt)
        {
            gate.AskAhead();
        }

        precise |= valid.KeepsRecords;
        execution = Begin(valid, function, depth, precise ? clock.Ticks : now, precise, isMetered: false);
        return true;
    }

    private bool TryAdmitMetered(FunctionName function, SessionPermissions needed, int depth, out Execution execution)
    {
        execution = default;
        long? lookAt = null;
        lock (sync)
        {
            if (!Word.HasRoom || terms is not { } valid || !valid.Permit(function, needed, depth))
            {
                return false;
            }

            // Only settlements touch the word now, and they only add to it. The time is read when the unit is taken, as above.
            var left = new LeaseWord(Interlocked.Add(ref word, -LeaseWord.Unit));
            var (now, ticks) = (clock.Milliseconds, clock.Ticks);
            var computeLeft = isComputeLimited
                ? computeGranted.Ticks - Volatile.Read(ref settledTicks) - compute.UsedUntil(ticks)
                : long.MaxValue;
            var isOver = now >= valid.AdmitUntil;
            if (isOver || computeLeft <= 0 || (rate is not null && !rate.TryTake(now)))
            {
                // Nobody can have reported it meanwhile.
                Interlocked.Add(ref word, LeaseWord.Unit);
                if (isOver)
                {
                    Close();
                }

                return false;
            }

            Note(now);
            compute.Start(ticks);
            if (left.Executions == valid.AskAheadAt)
            {
                gate.AskAhead();
            }

            execution = Begin(valid, function, depth, ticks, isPrecise: true, isMetered: true);
            if (isComputeLimited)
            {
                lookAt = now + (computeLeft / compute.Running / TimeSpan.TicksPerMillisecond / 2) + 1;
            }
        }

        // An execution that runs out of compute time gets more, or is stopped, on time and not at the keeper's next round.
        if (lookAt is { } at)
        {
            gate.WatchUntil(at);
        }

        return true;
    }

    /// <summary>Settles once; false if it has been settled already.</summary>
    public static bool TrySettle(ExecutionSlot? slot, long begun, ExecutionOutcome outcome)
    {
        if (slot is null || !ExecutionSlot.IsRunning(begun) || !slot.TryEnd(begun))
        {
            return false;
        }

        slot.Terms.Lease.Settle(slot, outcome);
        ExecutionSlots.Return(slot);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Execution Begin(
        HeldTerms terms, FunctionName function, int depth, long start, bool isPrecise, bool isMetered)
    {
        var slot = ExecutionSlots.Rent();
        return new Execution(slot, slot.Begin(terms, function, depth, start, isPrecise, isMetered));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Note(long now)
    {
        lastUse = now;
        if (firstUse == long.MinValue)
        {
            firstUse = now;
        }
    }

    /// <summary>Undoes the taking of a unit that may not run: a refusal leaves no trace in quota, usage or activity.</summary>
    private void Withdraw(long now)
    {
        lock (sync)
        {
            // Units have no names: while one is admitted that no report has counted, that one is taken back, and no later total is
            // lower than one that was reported.
            if (AdmittedNow == admittedReported)
            {
                // Reported already, as running. It ends as cancelled, and the report says how many of those never began.
                cancelled++;
                withdrawn++;
                Interlocked.Add(ref word, LeaseWord.Place);
            }
            else if (Word is { IsClosed: false, Executions: < LeaseWord.MaxExecutions })
            {
                Interlocked.Add(ref word, LeaseWord.Unit);
            }
            else
            {
                // The block it was taken from is closed, so that the session gets the unit back.
                executionsTotal--;
                Interlocked.Add(ref word, LeaseWord.Place);
            }

            CloseIfOver(now);
        }
    }

    private void CloseIfOver(long now)
    {
        lock (sync)
        {
            if (IsOpen && now >= terms!.AdmitUntil)
            {
                Close();
            }
        }
    }

    private void Settle(ExecutionSlot slot, ExecutionOutcome outcome)
    {
        var now = clock.Milliseconds;
        var ticks = slot.IsPrecise
            ? clock.Ticks - slot.Start
            : (now - slot.Start) * TimeSpan.TicksPerMillisecond;

        // Before the end counts, so that a report which counts it says when it was. Written only when it changes: all threads share it.
        if (Volatile.Read(ref lastSettled) < now)
        {
            Volatile.Write(ref lastSettled, now);
        }

        if (outcome == ExecutionOutcome.Succeeded && !slot.IsMetered && !slot.Terms.KeepsRecords)
        {
            // What succeeded is what ended otherwise in no way, so that this needs no counter and no lock.
            if (ticks > 0)
            {
                Interlocked.Add(ref settledTicks, ticks);
            }

            Interlocked.Add(ref word, LeaseWord.Place);
            return;
        }

        lock (sync)
        {
            SettleKnown(slot, outcome, Math.Max(0, ticks));
        }
    }

    private void SettleKnown(ExecutionSlot slot, ExecutionOutcome outcome, long ticks)
    {
        if (slot.IsMetered)
        {
            compute.End(slot.Start);
        }

        Interlocked.Add(ref settledTicks, ticks);
        switch (outcome)
        {
            case ExecutionOutcome.Failed:
                failed++;
                break;
            case ExecutionOutcome.Cancelled:
                cancelled++;
                break;
            case ExecutionOutcome.Abandoned:
                abandoned++;
                break;
        }

        if (slot.Terms.KeepsRecords)
        {
            Record(slot, outcome, TimeSpan.FromTicks(ticks));
        }

        // Last, so that a report in between counts it as running rather than as succeeded.
        Interlocked.Add(ref word, LeaseWord.Place);
    }
}
