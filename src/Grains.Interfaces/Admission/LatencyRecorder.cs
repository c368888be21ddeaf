namespace Sessions;

/// <summary>A <see cref="LatencyHistogram"/> in the making. Not safe for several threads; its owner locks.</summary>
internal sealed class LatencyRecorder
{
    private readonly long[] counts = new long[LatencyHistogram.BucketCount];

    /// <summary>Counts one duration; a negative one, which only a broken clock measures, as none at all.</summary>
    public void Add(TimeSpan duration) => counts[LatencyHistogram.BucketOf(duration)]++;

    /// <summary>What was counted so far.</summary>
    public LatencyHistogram ToHistogram() => LatencyHistogram.Of(counts);
}
