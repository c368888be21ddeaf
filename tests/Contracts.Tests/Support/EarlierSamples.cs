namespace Sessions.Contracts.Tests.Support;

/// <summary>The samples as they were before their types grew; Golden/earlier has their bytes.</summary>
internal static class EarlierSamples
{
    /// <summary>Before outcomes, first activity, latencies and dropped log entries were counted.</summary>
    public static readonly SessionUsage Usage = new()
    {
        Executions = 7,
        ComputeTime = TimeSpan.FromSeconds(8),
        DataBytes = 9,
        Children = 1,
        LastActivityAt = Samples.At.AddMinutes(1),
    };
}
