using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

/// <summary>Notice of the end: when it is given, and when there is none.</summary>
public class NoticeTests
{
    private static readonly DateTimeOffset End = Given.Start + TimeSpan.FromHours(1);

    [Theory]
    [InlineData(SessionStatus.Created)]
    [InlineData(SessionStatus.Active)]
    [InlineData(SessionStatus.Paused)]
    public void EndIsNear_NoticeIsGivenAtTheVeryTick_AndOnce(SessionStatus status)
    {
        var record = Given.SessionIn(status, provisioned: false);
        var at = End - TimeSpan.FromMinutes(5);

        Assert.Equal(at, SessionClock.DueAt(record));
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(at.AddTicks(-1))).Next);
        var given = SessionRules.LetTimePass(record, Given.Facts(at));

        Assert.Equal((status, End), (given.Next!.Status, given.Next.NoticedEnd));
        Assert.Equal((SessionEventType.SessionExpiring, End), (Assert.Single(given.Events).Type, given.Events[0].ExpiresAt));
        Assert.Equal(End, SessionClock.DueAt(given.Next));
        Assert.Null(SessionRules.LetTimePass(given.Next, Given.Facts(End.AddTicks(-1))).Next);
        Assert.Equal(SessionStatus.Closed, SessionRules.LetTimePass(given.Next, Given.Facts(End)).Next!.Status);
    }

    [Theory]
    [InlineData(9, null, null)]
    [InlineData(10, null, 1)]
    [InlineData(600, null, 60)]
    [InlineData(7200, null, 300)]
    [InlineData(600, 200, 200)]
    [InlineData(600, 0, null)]
    [InlineData(5, 3, 3)]
    public void LeadOfTheNotice_FollowsLifeAndSettings(int seconds, int? stated, int? lead)
    {
        var record = Given.SessionIn(SessionStatus.Created, provisioned: false, new SessionOverrides
        {
            MaxDuration = TimeSpan.FromSeconds(seconds),
            ExpiryNotice = stated is { } notice ? TimeSpan.FromSeconds(notice) : null,
        });

        Assert.Equal(lead is { } ahead ? record.ExpiresAt - TimeSpan.FromSeconds(ahead) : null, SessionClock.NoticeAt(record));
    }

    [Fact]
    public void SessionLookedAtAfterItsEnd_ExpiresWithoutNotice()
    {
        var late = SessionRules.LetTimePass(Given.SessionIn(SessionStatus.Active, provisioned: false), Given.Facts(End));

        Assert.DoesNotContain(late.Events, e => e.Type == SessionEventType.SessionExpiring);
        Assert.Equal(SessionStatus.Closed, late.Next!.Status);
    }

    [Fact]
    public void SessionThatStays_GetsNoticeToo_AndNoneAfterItsEnd()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, new SessionOverrides { AutoExpire = false });

        Assert.NotNull(SessionRules.LetTimePass(record, Given.Facts(End.AddTicks(-1))).Next);
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(End)).Next);
    }

    [Fact]
    public void StoppedClock_GivesNone_AndRenewalGivesAnother()
    {
        var stopped = Given.SessionIn(SessionStatus.Paused, provisioned: false, new SessionOverrides { PauseClock = PauseClock.Stops });
        Assert.Null(SessionClock.NoticeAt(stopped));

        var near = Given.Facts(End.AddTicks(-1));
        var given = SessionRules.LetTimePass(Given.SessionIn(SessionStatus.Active, provisioned: false), near).Next!;
        var renewed = given.After(Given.RenewBy(TimeSpan.FromHours(1)), near);

        Assert.Equal(End.AddHours(1) - TimeSpan.FromMinutes(5), SessionClock.NoticeAt(renewed));
    }
}
