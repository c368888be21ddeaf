using FsCheck;
using FsCheck.Fluent;

namespace Sessions.Core.Tests.Admission;

public class LatencyHistogramTests
{
    /// <summary>Where the last bucket begins, which has no end: 7 × 2³⁹ µs.</summary>
    private static readonly TimeSpan Last = TimeSpan.FromMicroseconds(7L << 39);

    /// <summary>Durations of every size, the tiniest and some beyond the last bucket included.</summary>
    private static readonly Gen<TimeSpan> AnyDuration =
        from bits in Gen.Choose(0, 46)
        from share in Gen.Choose(0, 1_000_000)
        select TimeSpan.FromTicks((long)((1L << bits) * (1 + (share / 1e6))));

    private static readonly Gen<IReadOnlyList<TimeSpan>> AnyDurations =
        Gen.Choose(1, 60).SelectMany(length => Gen.ListOf(AnyDuration, length)).Select(list => (IReadOnlyList<TimeSpan>)[.. list]);

    [Fact]
    public void AnyDuration_ReadBackAsAPercentile_IsAtMostAQuarterTooLong() =>
        Check(AnyDuration, duration =>
        {
            var read = LatencyHistogram.Empty.Record(duration).Percentile(1);
            var slack = TimeSpan.FromTicks(Math.Max(duration.Ticks / 4, TimeSpan.TicksPerMicrosecond));
            return duration >= Last ? read == TimeSpan.FromMicroseconds(1L << 42) : read > duration && read <= duration + slack;
        });

    [Fact]
    public void Buckets_OneAfterTheOther_LeaveNoGapAndDoNotOverlap()
    {
        var micro = TimeSpan.FromMicroseconds(1);
        for (var bucket = 0; bucket < LatencyHistogram.BucketCount - 1; bucket++)
        {
            Assert.Equal(bucket, LatencyHistogram.BucketOf(LatencyHistogram.UpperBound(bucket) - TimeSpan.FromTicks(1)));
            Assert.Equal(bucket + 1, LatencyHistogram.BucketOf(LatencyHistogram.UpperBound(bucket)));
        }

        Assert.Equal(micro, LatencyHistogram.UpperBound(0));
        Assert.Equal(LatencyHistogram.BucketCount - 1, LatencyHistogram.BucketOf(Last));
        Assert.Equal(LatencyHistogram.BucketCount - 1, LatencyHistogram.BucketOf(TimeSpan.MaxValue));
    }

    [Fact]
    public void Percentile_OfAnyDurations_IsThatOfTheExactOneRoundedUp() =>
        Check(AnyDurations.Zip(Gen.Choose(1, 100)), both =>
        {
            var (durations, percent) = both;
            var share = percent / 100.0;
            var exact = durations.Order().ElementAt((int)Math.Max(1, Math.Ceiling(share * durations.Count)) - 1);
            return Recorded(durations).Percentile(share) == LatencyHistogram.UpperBound(LatencyHistogram.BucketOf(exact));
        });

    [Fact]
    public void Histograms_AddedAndSubtracted_AreThoseOfTheDurationsTogether() =>
        Check(AnyDurations.Zip(AnyDurations), both =>
        {
            var (a, b) = (Recorded(both.Item1), Recorded(both.Item2));
            var together = a.Plus(b);
            return Same(together, Recorded([.. both.Item1, .. both.Item2])) && Same(together, b.Plus(a))
                && Same(together.Minus(a), b) && Same(a.Minus(LatencyHistogram.Empty), a) && a.Minus(a).Counts.IsEmpty
                && together.Total == both.Item1.Count + both.Item2.Count;
        });

    [Fact]
    public void Recorder_FedTheSameDurations_MakesTheSameHistogram() =>
        Check(AnyDurations, durations =>
        {
            var recorder = new LatencyRecorder();
            foreach (var duration in durations)
            {
                recorder.Add(duration);
            }

            var made = recorder.ToHistogram();
            recorder.Add(TimeSpan.FromSeconds(1));
            return Same(made, Recorded(durations)) && recorder.ToHistogram().Total == made.Total + 1;
        });

    [Fact]
    public void Duration_LessThanZero_CountsAsNone()
    {
        foreach (var duration in new[] { TimeSpan.FromTicks(-1), TimeSpan.MinValue, TimeSpan.Zero })
        {
            Assert.Equal(1, Assert.Single(LatencyHistogram.Empty.Record(duration).Counts));
        }
    }

    [Fact]
    public void EmptyHistogram_AskedForAnything_AnswersZero()
    {
        Assert.Equal(0, LatencyHistogram.Empty.Total);
        Assert.Equal(TimeSpan.Zero, LatencyHistogram.Empty.Percentile(0.99));
        Assert.Same(LatencyHistogram.Empty, new LatencyRecorder().ToHistogram());
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Percentile_OfWhatIsNoShare_IsRefused(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LatencyHistogram.Empty.Percentile(share));

    [Fact]
    public void Subtraction_OfWhatWasNeverAdded_LeavesNothingBelowZero()
    {
        var one = LatencyHistogram.Empty.Record(TimeSpan.FromSeconds(1));

        Assert.Empty(LatencyHistogram.Empty.Minus(one).Counts);
        Assert.Empty(one.Minus(one.Plus(one)).Counts);
    }

    [Fact]
    public void Counts_ThatNobodyCanHaveCounted_AreNotPlausible()
    {
        Assert.True(LatencyHistogram.Empty.IsPlausible);
        Assert.True(Recorded([TimeSpan.Zero, TimeSpan.MaxValue]).IsPlausible);
        Assert.False(new LatencyHistogram { Counts = [2, -1] }.IsPlausible);
        Assert.False(new LatencyHistogram { Counts = [.. new long[LatencyHistogram.BucketCount + 1]] }.IsPlausible);
    }

    private static LatencyHistogram Recorded(IEnumerable<TimeSpan> durations) =>
        durations.Aggregate(LatencyHistogram.Empty, (histogram, duration) => histogram.Record(duration));

    private static bool Same(LatencyHistogram a, LatencyHistogram b) => a.Counts.SequenceEqual(b.Counts);

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) =>
        Prop.ForAll(gen.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
