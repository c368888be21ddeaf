namespace Sessions.Client;

/// <summary>
/// The record of one running execution. Slots are used again and again, so that admitting allocates nothing; who admitted holds
/// the slot and the state that it had then, and only the first who moves that state settles.
/// </summary>
internal sealed class ExecutionSlot
{
    private long state;

    /// <summary>Odd while an execution runs; never the same again.</summary>
    public long State => Volatile.Read(ref state);

    public HeldTerms Terms { get; private set; } = null!;

    /// <summary>When it began, by <see cref="HolderClock.Ticks"/> where <see cref="IsPrecise"/>, else by its milliseconds.</summary>
    public long Start { get; private set; }

    public bool IsPrecise { get; private set; }

    /// <summary>Whether it was counted as running by the lease's meter of compute time.</summary>
    public bool IsMetered { get; private set; }

    /// <summary>Kept only where the terms want records, like the function.</summary>
    public int Depth { get; private set; }

    public FunctionName Function { get; private set; }

    /// <summary>Whom to tell when it is cancelled; null where nobody listens.</summary>
    public SessionContext? Context { get; set; }

    public static bool IsRunning(long state) => (state & 1) != 0;

    public long Begin(HeldTerms terms, FunctionName function, int depth, long start, bool isPrecise, bool isMetered)
    {
        // Mostly the same as before, and writing a reference costs more than reading it.
        if (Terms != terms)
        {
            Terms = terms;
        }

        (Start, IsPrecise, IsMetered) = (start, isPrecise, isMetered);
        if (terms.KeepsRecords)
        {
            (Function, Depth) = (function, depth);
        }

        var begun = state + 1;
        Volatile.Write(ref state, begun);
        return begun;
    }

    /// <summary>Ends the execution that began with this state; false if that has happened already.</summary>
    public bool TryEnd(long begun) => Interlocked.CompareExchange(ref state, begun + 1, begun) == begun;
}
