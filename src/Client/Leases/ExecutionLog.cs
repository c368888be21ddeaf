using System.Collections.Immutable;

namespace Sessions.Client;

/// <summary>Executions that ended and that the session has not taken over yet, at most 1,000. Not thread-safe: its lease locks.</summary>
internal sealed class ExecutionLog
{
    public const int Capacity = 1_000;

    private readonly Queue<ExecutionRecord> entries = new();

    /// <summary>How many stood before the first that is kept, those dropped included.</summary>
    public long Start { get; private set; }

    public void Add(ExecutionRecord entry)
    {
        if (entries.Count == Capacity)
        {
            // The session counts the gap that this leaves, by the start of the next report.
            entries.Dequeue();
            Start++;
        }

        entries.Enqueue(entry);
    }

    /// <summary>Forgets what is safe with the session: the first <paramref name="taken"/> ever.</summary>
    public void Acknowledge(long taken)
    {
        while (Start < taken && entries.TryDequeue(out _))
        {
            Start++;
        }
    }

    public ImmutableArray<ExecutionRecord> ToImmutable() => [.. entries];
}
