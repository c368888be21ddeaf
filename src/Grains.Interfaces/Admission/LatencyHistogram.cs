using System.Collections.Immutable;
using System.Numerics;

namespace Sessions;

/// <summary>
/// How many executions took how long, in buckets that grow by a quarter of an octave from 1 µs on: a value is known to within an
/// eighth to a quarter of itself, whatever its size, in at most 164 counts.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.LatencyHistogram")]
public sealed record LatencyHistogram
{
    /// <summary>Nothing yet.</summary>
    public static readonly LatencyHistogram Empty = new();

    /// <summary>How many there are.</summary>
    public const int BucketCount = 164;

    /// <summary>The counts, up to the last bucket that has one.</summary>
    [Id(0)]
    public ImmutableArray<long> Counts { get => field.IsDefault ? [] : field; init; } = [];
}
