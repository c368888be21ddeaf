using Xunit;

namespace Sessions.Core.Tests.Sweeping;

public sealed class SweepPaceTests
{
    private static readonly TimeSpan Took = TimeSpan.FromMilliseconds(8);

    [Theory]
    [InlineData(null)]
    [InlineData(1000)]
    public void NobodyElseIsAbout_BatchesGrowToTheLargest_WithoutRest(int? sinceOthers)
    {
        var pace = SweepPace.Start;
        for (var n = 0; n < 10; n++)
        {
            pace = pace.After(Took, sinceOthers is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null);
            Assert.Equal(TimeSpan.Zero, pace.Rest);
        }

        Assert.True(pace.IsFull);
        Assert.Equal(SweepPace.MaxBatch, pace.Batch);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    public void OthersAreAbout_BatchesShrinkAtOnce_AndTheStoreRestsTwiceAsLongAsItWorked(int sinceOthers)
    {
        var ago = TimeSpan.FromMilliseconds(sinceOthers);

        var pace = new SweepPace(SweepPace.MaxBatch, TimeSpan.Zero).After(Took, ago);

        Assert.Equal(new SweepPace(SweepPace.MaxBatch / 2, 2 * Took), pace);
        for (var n = 0; n < 10; n++)
        {
            pace = pace.After(TimeSpan.FromMinutes(1), ago);
        }

        Assert.Equal(new SweepPace(SweepPace.MinBatch, TimeSpan.FromMilliseconds(250)), pace);
    }
}
