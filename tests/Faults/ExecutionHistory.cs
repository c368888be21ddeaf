namespace Sessions.Faults;

/// <summary>What can be read off a log of beginnings and ends.</summary>
internal static class ExecutionHistory
{
    /// <summary>The most that ran at one moment; of two entries at the same one the end comes first.</summary>
    public static int MostAtOnce(IEnumerable<(bool Begins, long At)> log)
    {
        var (running, most) = (0, 0);
        foreach (var (begins, _) in log.OrderBy(entry => entry.At).ThenBy(entry => entry.Begins))
        {
            running += begins ? 1 : -1;
            most = Math.Max(most, running);
        }

        return most;
    }

    /// <summary>How many began after one moment and before another.</summary>
    public static int BegunBetween(IEnumerable<(bool Begins, long At)> log, long after, long before) =>
        log.Count(entry => entry.Begins && entry.At > after && entry.At < before);

    /// <summary>The most that began in any one second.</summary>
    public static int MostInOneSecond(IEnumerable<(bool Begins, long At)> log)
    {
        var begins = log.Where(entry => entry.Begins).Select(entry => entry.At).Order().ToArray();
        var (first, most) = (0, 0);
        for (var last = 0; last < begins.Length; last++)
        {
            while (begins[last] - begins[first] >= TimeProvider.System.TimestampFrequency)
            {
                first++;
            }

            most = Math.Max(most, last - first + 1);
        }

        return most;
    }
}
