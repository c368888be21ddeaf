using Sessions.Core.Sweeping;
using Sessions.Core.Tests.Support;
using Xunit;

namespace Sessions.Core.Tests.Sweeping;

public sealed class SweepRulesTests
{
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Theory]
    [InlineData(SessionStatus.Created)]
    [InlineData(SessionStatus.Active)]
    [InlineData(SessionStatus.Paused)]
    public void TimeIsUpAndNothingIsHeld_Judged_IsWritten(SessionStatus status)
    {
        var record = Given.SessionIn(status, provisioned: false);

        var step = Judge(record, record.ExpiresAt!.Value);

        Assert.Equal(SweepAction.Write, step.Action);
        Assert.Equal(SessionStatus.Closed, step.Change.Next!.Status);
    }

    [Fact]
    public void TimeIsUpAndSomethingIsHeld_Judged_IsLeftToTheGrain()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false);
        var now = record.ExpiresAt!.Value;
        SessionRecord[] holding =
        [
            record with { Grant = new GrantMark { Epoch = 2 } },
            record with { Parent = new ParentLink { Id = SessionId.New() } },
            record with { Children = [new ChildShare { Id = SessionId.New(), OpenedAt = now }] },
            record with { Provisioner = "docker" },
        ];

        Assert.All(holding, session => Assert.Equal((SweepAction.Wake, now + Claim), (Judge(session, now).Action, Judge(session, now).DueAt)));
    }

    [Fact]
    public void TimeIsNotUp_Judged_IsPutOffUntilItIs()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false) with { NoticedEnd = null };

        var step = Judge(record, record.CreatedAt!.Value);

        Assert.Equal((SweepAction.PutOff, SessionClock.DueAt(record)), (step.Action, step.DueAt));
        Assert.True(step.DueAt > record.CreatedAt);
    }

    [Fact]
    public void TimeIsUpAndTheSessionStays_Judged_IsPutOffForEver()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, new SessionOverrides { AutoExpire = false });

        var step = Judge(record, record.ExpiresAt!.Value);

        Assert.Equal((SweepAction.PutOff, (DateTimeOffset?)null), (step.Action, step.DueAt));
    }

    [Fact]
    public void ClaimReachesBeyondTheDeadline_EndsThere()
    {
        var record = Given.SessionIn(SessionStatus.Creating, provisioned: true);
        var now = record.Deadline!.Value - TimeSpan.FromSeconds(5);

        var step = Judge(record, now);

        Assert.Equal((SweepAction.Wake, record.Deadline), (step.Action, step.DueAt));
    }

    [Fact]
    public void SessionHasEnded_IsKeptAsLongAsIsSaidNow()
    {
        var ended = RetentionRules.Foresee(Given.SessionIn(SessionStatus.Closed, provisioned: false), TimeSpan.FromDays(1));
        var at = ended.EndedAt!.Value;

        Assert.Equal(at + TimeSpan.FromDays(1), SessionClock.DueAt(ended));
        Assert.Equal((SweepAction.PutOff, at + Week), (Judge(ended, at.AddDays(1)).Action, Judge(ended, at.AddDays(1)).DueAt));
        Assert.Equal(SweepAction.PutOff, Judge(ended, at + Week - TimeSpan.FromTicks(1)).Action);
        Assert.Equal(SweepAction.Delete, Judge(ended, at + Week).Action);
        var forEver = SweepRules.Judge(ended, Given.Facts(at.AddYears(100)), retention: null, Claim);
        Assert.Equal((SweepAction.PutOff, (DateTimeOffset?)null), (forEver.Action, forEver.DueAt));
    }

    [Fact]
    public void EndedChildWhoseParentHasNotHeard_IsKeptUntilItHas()
    {
        var ended = Given.SessionIn(SessionStatus.Closed, provisioned: false) with { Parent = new ParentLink { Id = SessionId.New() } };

        Assert.Equal(SweepAction.Wake, Judge(ended, ended.EndedAt!.Value + Week).Action);
        Assert.Equal(
            SweepAction.Delete, Judge(ended with { Parent = ended.Parent with { Settled = true } }, ended.EndedAt!.Value + Week).Action);
    }

    [Fact]
    public void DataPromisedForLonger_KeepsTheSession()
    {
        var ended = Given.SessionIn(SessionStatus.Closed, provisioned: false) with { HasData = true, DataRetention = TimeSpan.FromDays(30) };
        var at = ended.EndedAt!.Value;

        Assert.Equal((SweepAction.PutOff, at.AddDays(30)), (Judge(ended, at + Week).Action, Judge(ended, at + Week).DueAt));
        Assert.Equal(SweepAction.Delete, Judge(ended, at.AddDays(30)).Action);
        var shortLived = ended with { DataRetention = TimeSpan.FromHours(1) };
        Assert.Equal(SweepAction.Wake, Judge(shortLived, at.AddHours(1)).Action);
    }

    private static SweepStep Judge(SessionRecord record, DateTimeOffset now) => SweepRules.Judge(record, Given.Facts(now), Week, Claim);
}
