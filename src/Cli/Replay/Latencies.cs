namespace Sessions.Cli.Replay;

/// <summary>What a replay does, in the order of a session's life.</summary>
internal enum ReplayCall : byte
{
    Request,
    Create,
    Activate,

    /// <summary>From asking for an execution until it is settled, those that nest in it included; one that nests counts by itself too.</summary>
    Execute,
    Close,
}

/// <summary>How long calls took. Every one is kept, so that the percentiles are exact. Not thread-safe: one for each caller.</summary>
internal sealed class Latencies
{
    private readonly Dictionary<ReplayCall, List<TimeSpan>> taken = [];

    public void Add(ReplayCall call, TimeSpan time)
    {
        if (!taken.TryGetValue(call, out var times))
        {
            taken[call] = times = [];
        }

        times.Add(time);
    }

    /// <summary>The percentiles of all callers together, by call.</summary>
    public static SortedDictionary<ReplayCall, LatencySummary> Summarize(IEnumerable<Latencies> callers)
    {
        var all = callers.SelectMany(caller => caller.taken).ToLookup(pair => pair.Key, pair => pair.Value);
        var summaries = new SortedDictionary<ReplayCall, LatencySummary>();
        foreach (var call in all)
        {
            summaries[call.Key] = LatencySummary.Of([.. call.SelectMany(times => times).Order()]);
        }

        return summaries;
    }
}

/// <summary>The distribution of latencies, in milliseconds.</summary>
internal sealed record LatencySummary(int Count, double P50Ms, double P90Ms, double P99Ms, double MaxMs)
{
    public static LatencySummary Of(TimeSpan[] sorted) =>
        new(sorted.Length, Rank(sorted, 0.50), Rank(sorted, 0.90), Rank(sorted, 0.99), Rank(sorted, 1));

    /// <summary>The smallest value that at least this share of all values does not exceed.</summary>
    private static double Rank(TimeSpan[] sorted, double share) =>
        Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)].TotalMilliseconds, 3);
}
