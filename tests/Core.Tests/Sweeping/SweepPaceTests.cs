using Sessions.Core.Sweeping;
using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;
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

    [Theory]
    [InlineData(50)]
    [InlineData(200)]
    [InlineData(400)]
    public void OthersAreAbout_BatchesTakeNoLongerThanIsUnnoticed_HoweverFastTheMachineIs(int microsecondsEach)
    {
        TimeSpan Takes(int batch) => TimeSpan.FromMicroseconds(500 + (batch * microsecondsEach));
        var pace = SweepPace.Start;
        for (var n = 0; n < 100; n++)
        {
            pace = pace.After(Takes(pace.Batch), TimeSpan.Zero);
        }

        for (var n = 0; n < 100; n++)
        {
            Assert.InRange(pace.Batch, SweepPace.MinBatch, SweepPace.MaxBatchBeside);
            Assert.True(Takes(pace.Batch - 1) <= SweepPace.Unnoticed, $"{pace.Batch} at once take {Takes(pace.Batch)}");
            pace = pace.After(Takes(pace.Batch), TimeSpan.Zero);
        }

        Assert.Equal(microsecondsEach == 50, pace.Batch == SweepPace.MaxBatchBeside);
    }
}
