namespace Sessions.Cli.Output;

/// <summary>Counts by state.</summary>
internal static class StateCounts
{
    /// <summary>The sum of counts, with every state there is, in the order of a life.</summary>
    public static SortedDictionary<SessionStatus, long> Complete(IEnumerable<IReadOnlyDictionary<SessionStatus, long>> counts)
    {
        var complete = new SortedDictionary<SessionStatus, long>();
        foreach (var status in Enum.GetValues<SessionStatus>().Where(status => status != SessionStatus.Invalid))
        {
            complete[status] = counts.Sum(count => count.GetValueOrDefault(status));
        }

        return complete;
    }
}
