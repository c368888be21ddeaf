namespace Sessions.Cli.Replay;

/// <summary>How long calls took. Every one is kept, so that the percentiles are exact. Not thread-safe: one for each caller.</summary>
internal sealed class Latencies
{
    private readonly Dictionary<SessionVerb, List<TimeSpan>> taken = [];

    public void Add(SessionVerb verb, TimeSpan time)
    {
        if (!taken.TryGetValue(verb, out var times))
        {
            taken[verb] = times = [];
        }

        times.Add(time);
    }

    /// <summary>The percentiles of all callers together, by verb.</summary>
    public static SortedDictionary<SessionVerb, LatencySummary> Summarize(IEnumerable<Latencies> callers)
    {
        var all = callers.SelectMany(caller => caller.taken).ToLookup(pair => pair.Key, pair => pair.Value);
        var summaries = new SortedDictionary<SessionVerb, LatencySummary>();
        foreach (var verb in all)
        {
            summaries[verb.Key] = LatencySummary.Of([.. verb.SelectMany(times => times).Order()]);
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
