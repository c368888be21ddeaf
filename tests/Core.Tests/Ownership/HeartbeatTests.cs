using Sessions.Core.Ownership;

namespace Sessions.Core.Tests.Ownership;

public class HeartbeatTests
{
    private readonly Heartbeat heart = new(tolerance: 10);

    [Fact]
    public void Beats_AsFarApartAsTolerated_AreNoStandstill()
    {
        Assert.Null(heart.Beat(100));
        Assert.Null(heart.Beat(110));
        Assert.Null(heart.Beat(120));
    }

    [Fact]
    public void Beat_ThatComesLater_TellsHowLongNoneCameAndOnlyOnce()
    {
        heart.Beat(100);

        Assert.Equal(11, heart.Beat(111));
        Assert.Null(heart.Beat(112));
    }

    [Fact]
    public void Overdue_AskedBeforeTheLateBeat_IsKnownAlready()
    {
        heart.Beat(100);

        Assert.False(heart.IsOverdue(110));
        Assert.True(heart.IsOverdue(111));
        Assert.Equal(50, heart.Beat(150));
        Assert.False(heart.IsOverdue(150));
    }

    [Fact]
    public void BeforeTheFirstBeatAndAfterTheLast_NothingIsOverdue()
    {
        Assert.False(heart.IsOverdue(1_000_000));
        heart.Beat(0);
        heart.Stop();

        Assert.False(heart.IsOverdue(1_000_000));
        Assert.Null(heart.Beat(2_000_000));
    }
}
