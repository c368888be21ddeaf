using Sessions.Core.Data;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Data;

public class DataLifecycleTests
{
    private static readonly TimeSpan Retention = TimeSpan.FromHours(3);
    private static readonly SessionRecord Created = SessionRules.Decide(Given.Id, null, Given.Create(), Given.Facts()).Next!;

    [Fact]
    public void FirstValue_OfAnOpenSession_IsNotedOnceWithoutAnEvent()
    {
        var begun = DataLifecycle.Begin(Created, Retention, Given.Start.AddMinutes(1));

        Assert.Equal((true, Retention, 2L), (begun.Next!.HasData, begun.Next.DataRetention, begun.Next.Version));
        Assert.Empty(begun.Events);
        Assert.Equal(begun.Next.LastSequence, Created.LastSequence);
        Assert.Null(DataLifecycle.Begin(begun.Next, Retention, Given.Start).Next);
    }

    [Fact]
    public void FirstValue_OfASessionThatHasEnded_IsNotNoted() => Assert.Null(DataLifecycle.Begin(Closed(Created), Retention, Given.Start).Next);

    [Fact]
    public void SessionWithData_Ended_IsDueWhenItHasBeenKept()
    {
        var begun = DataLifecycle.Begin(Created, Retention, Given.Start).Next!;
        var closed = Closed(begun);
        var end = closed.EndedAt!.Value + Retention;

        Assert.Null(DataLifecycle.DropAt(begun));
        Assert.Equal(end, SessionClock.DueAt(closed));
        Assert.False(DataLifecycle.IsGone(closed, end.AddTicks(-1)));
        Assert.Null(DataLifecycle.End(closed, end.AddTicks(-1)).Next);
        Assert.True(DataLifecycle.IsGone(closed, end));
        var dropped = DataLifecycle.End(closed, end).Next!;
        Assert.Equal((false, closed.Version + 1, closed.EndedAt), (dropped.HasData, dropped.Version, dropped.EndedAt));
        Assert.Null(SessionClock.DueAt(dropped));
        Assert.True(DataLifecycle.IsGone(dropped, end));
        Assert.Null(DataLifecycle.End(dropped, end).Next);
    }

    [Fact]
    public void SessionWithoutData_Ended_IsNeverDue() => Assert.Null(SessionClock.DueAt(Closed(Created)));

    private static SessionRecord Closed(SessionRecord record) =>
        SessionRules.Decide(Given.Id, record, Given.Close(), Given.Facts(Given.Start.AddMinutes(5))).Next!;
}
