using System.Diagnostics;

namespace Sessions.Benchmarks.Anchors;

/// <summary>What it costs to find one of a thousand sessions in a plain dictionary, in random order.</summary>
internal sealed class DictionaryLookupAnchor
{
    public const string Name = "lookup in a Dictionary of 1,000 sessions, random order";

    /// <summary>How many sessions there are.</summary>
    public const int Count = 1000;

    // Long, or the processor would learn the order by heart.
    private const int OrderLength = 1 << 14;

    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<SessionId, object> sessions;
    private object? last;

    public DictionaryLookupAnchor()
    {
        Ids = [.. Enumerable.Range(0, Count).Select(_ => SessionId.New())];
        sessions = Ids.ToDictionary(id => id, _ => new object());
        Order = new Random(1).GetItems(Ids, OrderLength);
    }

    /// <summary>The sessions.</summary>
    public SessionId[] Ids { get; }

    /// <summary>In what order they are looked up, over and over; the figure's turns are to go by the same.</summary>
    public SessionId[] Order { get; }

    /// <summary>Nanoseconds per lookup.</summary>
    public double Measure()
    {
        var start = Stopwatch.GetTimestamp();
        var rounds = 0;
        TimeSpan elapsed;
        do
        {
            LookUpAll();
            rounds++;
        }
        while ((elapsed = Stopwatch.GetElapsedTime(start)) < Duration);
        GC.KeepAlive(last);
        return elapsed.TotalNanoseconds / ((double)rounds * OrderLength);
    }

    private void LookUpAll()
    {
        foreach (var id in Order)
        {
            // Kept, so that the compiler cannot find out that nobody wants it.
            sessions.TryGetValue(id, out last);
        }
    }
}
