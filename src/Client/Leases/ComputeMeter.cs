namespace Sessions.Client;

/// <summary>Compute time that running executions have used up to a moment. Not thread-safe: its lease locks.</summary>
internal sealed class ComputeMeter
{
    private long sumOfStarts;

    public int Running { get; private set; }

    public void Start(long ticks) => (Running, sumOfStarts) = (Running + 1, sumOfStarts + ticks);

    public void End(long startTicks) => (Running, sumOfStarts) = (Running - 1, sumOfStarts - startTicks);

    public long UsedUntil(long ticks) => (Running * ticks) - sumOfStarts;
}
