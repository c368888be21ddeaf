using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json.Serialization;

namespace Sessions;

/// <summary>
/// How many executions took how long. Four buckets to the doubling: a duration of 4 µs or more is known to within a quarter of
/// itself, a shorter one to within 1 µs. The last bucket has all that took longer than 44 days.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.LatencyHistogram")]
public sealed record LatencyHistogram
{
    /// <summary>Nothing yet.</summary>
    public static readonly LatencyHistogram Empty = new();

    /// <summary>How many there are.</summary>
    public const int BucketCount = 164;

    private const int PerOctave = 4;

    /// <summary>The counts, up to the last bucket that has one.</summary>
    [Id(0)]
    public ImmutableArray<long> Counts { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>How many executions were counted.</summary>
    [JsonIgnore]
    public long Total => Counts.Sum();

    /// <summary>Whether this can have been counted: no more buckets than there are, and none with less than nothing.</summary>
    internal bool IsPlausible => Counts.Length <= BucketCount && Counts.All(count => count >= 0);

    /// <summary>This and one more; a negative duration, which only a broken clock measures, counts as none at all.</summary>
    public LatencyHistogram Record(TimeSpan duration)
    {
        var bucket = BucketOf(duration);
        return Combine(Counts, [], Math.Max(Counts.Length, bucket + 1), (count, _, i) => i == bucket ? count + 1 : count);
    }

    /// <summary>What both have.</summary>
    public LatencyHistogram Plus(LatencyHistogram other) =>
        Combine(Counts, other.Counts, Math.Max(Counts.Length, other.Counts.Length), (mine, theirs, _) => mine + theirs);

    /// <summary>What this has and <paramref name="other"/>, an earlier state of it, has not; no count falls below zero.</summary>
    public LatencyHistogram Minus(LatencyHistogram other) =>
        Combine(Counts, other.Counts, Counts.Length, (mine, theirs, _) => Math.Max(0, mine - theirs));

    /// <summary>
    /// How long the fastest <paramref name="share"/> of the executions took at most, by the upper bound of the bucket that the last
    /// of them is in; zero where nothing was counted.
    /// </summary>
    /// <param name="share">From 0 to 1; 0.99 for the 99th percentile.</param>
    public TimeSpan Percentile(double share)
    {
        if (share is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies between 0 and 1.");
        }

        var rank = Math.Max(1, Math.Ceiling(share * Total));
        var bucket = -1;
        for (double counted = 0; counted < rank && bucket + 1 < Counts.Length;)
        {
            counted += Counts[++bucket];
        }

        return bucket < 0 ? TimeSpan.Zero : UpperBound(bucket);
    }

    /// <summary>A histogram of <paramref name="counts"/>, without the empty buckets at their end.</summary>
    internal static LatencyHistogram Of(ReadOnlySpan<long> counts)
    {
        var last = counts.LastIndexOfAnyExcept(0);
        return last < 0 ? Empty : new() { Counts = [.. counts[..(last + 1)]] };
    }

    /// <summary>The first four buckets have 1 µs each, then every four share a doubling.</summary>
    internal static int BucketOf(TimeSpan duration)
    {
        var micros = duration.Ticks / TimeSpan.TicksPerMicrosecond;
        if (micros < PerOctave)
        {
            return (int)Math.Max(0, micros);
        }

        var shift = BitOperations.Log2((ulong)micros) - BitOperations.Log2(PerOctave);
        return Math.Min((PerOctave * shift) + (int)(micros >> shift), BucketCount - 1);
    }

    /// <summary>The shortest duration that is too long for <paramref name="bucket"/>, were the last one as wide as its place says.</summary>
    internal static TimeSpan UpperBound(int bucket)
    {
        var next = bucket + 1;
        var shift = Math.Max(0, (next / PerOctave) - 1);
        return TimeSpan.FromTicks(((long)(next - (PerOctave * shift)) << shift) * TimeSpan.TicksPerMicrosecond);
    }

    private static LatencyHistogram Combine(
        ImmutableArray<long> mine, ImmutableArray<long> theirs, int length, Func<long, long, int, long> combine)
    {
        var counts = new long[length];
        for (var i = 0; i < length; i++)
        {
            counts[i] = combine(i < mine.Length ? mine[i] : 0, i < theirs.Length ? theirs[i] : 0, i);
        }

        return Of(counts);
    }
}
