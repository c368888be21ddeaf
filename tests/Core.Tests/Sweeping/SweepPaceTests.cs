using Xunit;

namespace Sessions.Core.Tests.Sweeping;

public sealed class SweepPaceTests
{
    private static readonly TimeSpan Took = TimeSpan.FromMilliseconds(8);

    [Fact]
    public void NobodyElseIsAbout_BatchesGrowToTheLargest_WithoutRest()
    {
        var pace = SweepPace.Start;
        for (var n = 0; n < 10; n++)
        {
            pace = pace.After(Took, others: 0);
            Assert.Equal(TimeSpan.Zero, pace.Rest);
        }

        Assert.True(pace.IsFull);
        Assert.Equal(SweepPace.MaxBatch, pace.Batch);
    }

    [Fact]
    public void OthersSave_BatchesShrinkAtOnce_AndTheStoreRestsAsLongAsItWorked()
    {
        var pace = new SweepPace(SweepPace.MaxBatch, TimeSpan.Zero).After(Took, others: 1);

        Assert.Equal(new SweepPace(SweepPace.MaxBatch / 2, Took), pace);
        for (var n = 0; n < 10; n++)
        {
            pace = pace.After(TimeSpan.FromMinutes(1), others: 5);
        }

        Assert.Equal(new SweepPace(SweepPace.MinBatch, TimeSpan.FromMilliseconds(100)), pace);
    }
}
