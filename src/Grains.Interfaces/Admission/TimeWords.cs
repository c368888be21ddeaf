namespace Sessions;

/// <summary>Spans of time for sentences: the two greatest units, cut and not rounded, so that nobody is promised more than there is.</summary>
internal static class TimeWords
{
    public static string Of(TimeSpan time) => time switch
    {
        { Ticks: <= 0 } => "0s",
        { TotalDays: >= 1 } => $"{time.Days}d{time.Hours}h",
        { TotalHours: >= 1 } => $"{time.Hours}h{time.Minutes}m",
        { TotalMinutes: >= 1 } => $"{time.Minutes}m{time.Seconds}s",
        { TotalSeconds: >= 1 } => $"{time.Seconds}.{time.Milliseconds / 100}s",
        _ => $"{time.Milliseconds}ms",
    };
}
