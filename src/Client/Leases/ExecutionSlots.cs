namespace Sessions.Client;

/// <summary>
/// All slots of the process: a short list for each thread, which needs no lock, and a common one for what admits here and settles
/// there. A slot once made stays in the table, so that it can be found by those who cancel and abandon.
/// </summary>
internal static class ExecutionSlots
{
    private const int Batch = 64;

    private static readonly Lock Gate = new();
    private static readonly Stack<ExecutionSlot[]> Batches = new();
    private static ExecutionSlot[][] table = [];

    [ThreadStatic]
    private static FreeList? local;

    public static ExecutionSlot Rent() => (local ??= new FreeList()).Take();

    /// <summary>Only for who ended the slot's execution.</summary>
    public static void Return(ExecutionSlot slot)
    {
        slot.Context = null;
        (local ??= new FreeList()).Add(slot);
    }

    /// <summary>Tells whoever runs in an era that is cancelled.</summary>
    public static void Cancel(LeaseEra era)
    {
        // Pairs with the barrier of a context that has just shown itself in its slot: one of the two sees the other.
        Interlocked.MemoryBarrier();
        foreach (var slots in Volatile.Read(ref table))
        {
            foreach (var slot in slots)
            {
                var state = slot.State;
                if (ExecutionSlot.IsRunning(state) && slot.Terms.Era == era && slot.Context is { } context && slot.State == state)
                {
                    context.Cancel(era.Cause, era.Error);
                }
            }
        }
    }

    /// <summary>Settles what still runs in an era as abandoned; true if nothing was left to settle.</summary>
    public static bool Abandon(LeaseEra era)
    {
        var none = true;
        foreach (var slots in Volatile.Read(ref table))
        {
            foreach (var slot in slots)
            {
                var state = slot.State;
                if (ExecutionSlot.IsRunning(state) && slot.Terms.Era == era)
                {
                    none = false;
                    LocalLease.TrySettle(slot, state, ExecutionOutcome.Abandoned);
                }
            }
        }

        return none;
    }

    private static ExecutionSlot[] TakeBatch()
    {
        lock (Gate)
        {
            if (Batches.TryPop(out var batch))
            {
                return batch;
            }

            var slots = new ExecutionSlot[Batch];
            for (var i = 0; i < Batch; i++)
            {
                slots[i] = new ExecutionSlot();
            }

            Volatile.Write(ref table, [.. table, slots]);
            return slots;
        }
    }

    /// <summary>The free slots of one thread, the last used first.</summary>
    private sealed class FreeList
    {
        // Two batches, so that a thread which only admits or only settles goes to the others once in a batch.
        private readonly ExecutionSlot?[] slots = new ExecutionSlot?[2 * Batch];
        private int count;

        // A thread that ends would take its slots with it.
        ~FreeList() => Give(count);

        public ExecutionSlot Take()
        {
            if (count == 0)
            {
                var batch = TakeBatch();
                batch.CopyTo(slots, 0);
                count = batch.Length;
            }

            return slots[--count]!;
        }

        public void Add(ExecutionSlot slot)
        {
            if (count == slots.Length)
            {
                Give(Batch);
            }

            // Mostly it lies where it was taken from.
            if (slots[count] != slot)
            {
                slots[count] = slot;
            }

            count++;
        }

        private void Give(int amount)
        {
            // An empty batch would look like slots to who takes it.
            if (amount == 0)
            {
                return;
            }

            count -= amount;
            var batch = slots.AsSpan(count, amount).ToArray();
            lock (Gate)
            {
                Batches.Push(batch!);
            }
        }
    }
}
