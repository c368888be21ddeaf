using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

/// <summary>When a session's time is up: to the tick, over pauses and renewals.</summary>
public class ClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly SessionOverrides Stops = new() { PauseClock = PauseClock.Stops };
    private static readonly SessionOverrides Silent = new() { ExpiryNotice = TimeSpan.Zero };
    private static readonly SessionOverrides Stays = new() { AutoExpire = false, ExpiryNotice = TimeSpan.Zero };

    public static TheoryData<SessionStatus, bool> LiveStates => new()
    {
        { SessionStatus.Created, false }, { SessionStatus.Created, true }, { SessionStatus.Active, false },
        { SessionStatus.Active, true }, { SessionStatus.Paused, false }, { SessionStatus.Paused, true },
    };

    [Theory]
    [MemberData(nameof(LiveStates))]
    public void LiveSession_AtItsEnd_ExpiresAtTheVeryTickAndNotBefore(SessionStatus status, bool provisioned)
    {
        var record = Given.SessionIn(status, provisioned, Silent);
        var end = Given.Start + Hour;

        Assert.Equal(end, SessionClock.ExpiresAt(record));
        Assert.Equal(end, SessionClock.DueAt(record));
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(end.AddTicks(-1))).Next);

        var decision = SessionRules.LetTimePass(record, Given.Facts(end));

        Assert.Equal(provisioned ? SessionStatus.Closing : SessionStatus.Closed, decision.Next!.Status);
        Assert.Equal(EndReason.Expired, decision.Next.EndReason);
        Assert.Equal(SessionEventType.SessionExpired, decision.Events[0].Type);
        Assert.Equal(SessionStatus.Closing, decision.Events[0].Status);
        Assert.Equal(new SessionCause(Principal.System, nameof(SessionTrigger.TimeUp), null), decision.Next.LastChange);
    }

    [Theory]
    [InlineData(PauseClock.Runs)]
    [InlineData(PauseClock.Stops)]
    public void PauseAndResume_ManyTimes_KeepTheEndRight(PauseClock clock)
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, Silent with { PauseClock = clock });
        var (now, paused) = (Given.Start, TimeSpan.Zero);
        for (var cycle = 1; cycle <= 5; cycle++)
        {
            now += Minute;
            record = record.After(Given.Pause(), Given.Facts(now));
            Assert.Equal(clock == PauseClock.Stops ? null : Given.Start + Hour, record.ToSnapshot().ExpiresAt);

            var pause = TimeSpan.FromSeconds(7 * cycle);
            (now, paused) = (now + pause, paused + pause);
            record = record.After(Given.Resume(), Given.Facts(now));
            Assert.Null(record.PausedAt);
            Assert.Equal(now, record.RunningSince);
            Assert.Equal(Given.Start + Hour + (clock == PauseClock.Stops ? paused : TimeSpan.Zero), record.ToSnapshot().ExpiresAt);
        }

        var end = SessionClock.ExpiresAt(record)!.Value;
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(end.AddTicks(-1))).Next);
        Assert.NotNull(SessionRules.LetTimePass(record, Given.Facts(end)).Next);
    }

    [Fact]
    public void StoppedClock_HoweverLong_NeverExpires()
    {
        var record = Given.SessionIn(SessionStatus.Paused, provisioned: false, Stops);

        Assert.Null(SessionClock.DueAt(record));
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(Given.Start.AddYears(50))).Next);
    }

    [Fact]
    public void StoppedClock_Closed_ReportsTheEndThatTheSessionHadLeft()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: true, Stops).After(Given.Pause(), Given.Facts(Given.Start + Minute));

        var decision = SessionRules.Decide(Given.Id, record, Given.Close(), Given.Facts(Given.Start + (3 * Minute)));

        Assert.Equal(Given.Start + Hour + (2 * Minute), decision.Next!.ToSnapshot().ExpiresAt);
        Assert.Equal(Given.Start + Hour + (2 * Minute), decision.Events[0].ExpiresAt);
        Assert.Equal(2 * Minute, decision.Next!.ClockStoppedFor);
    }

    [Fact]
    public void IdleSession_WithoutAdmission_EndsAtTheVeryTickAndNotBefore()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, new SessionOverrides { IdleTimeout = Minute });
        var end = Given.Start + Minute;

        Assert.Equal(end, record.ToSnapshot().IdleAt);
        Assert.Equal(end, SessionClock.DueAt(record));
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(end.AddTicks(-1))).Next);
        Assert.Equal(EndReason.Idle, SessionRules.LetTimePass(record, Given.Facts(end)).Next!.EndReason);
    }

    [Fact]
    public void IdleSession_AfterActivityPauseAndResume_CountsFromTheLatest()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, new SessionOverrides { IdleTimeout = Minute });
        var used = record with { Usage = record.Usage with { LastActivityAt = Given.Start + TimeSpan.FromSeconds(50) } };
        var paused = used.After(Given.Pause(), Given.Facts(Given.Start + TimeSpan.FromSeconds(55)));
        var resumed = paused.After(Given.Resume(), Given.Facts(Given.Start + (20 * Minute)));

        Assert.Equal(Given.Start + TimeSpan.FromSeconds(110), SessionClock.IdleAt(used));
        Assert.Null(SessionClock.IdleAt(paused));
        Assert.Null(SessionRules.LetTimePass(paused, Given.Facts(Given.Start + (19 * Minute))).Next);
        Assert.Equal(Given.Start + (21 * Minute), SessionClock.IdleAt(resumed));
    }

    [Fact]
    public void IdleSession_BeforeActivation_IsNotIdle()
    {
        var record = Given.SessionIn(SessionStatus.Created, provisioned: false, new SessionOverrides { IdleTimeout = Minute });

        Assert.Null(SessionClock.IdleAt(record));
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(Given.Start + (30 * Minute))).Next);
    }

    [Fact]
    public void AutoExpireOff_PastTheEnd_RefusesActivationUntilRenewed()
    {
        var record = Given.SessionIn(SessionStatus.Created, provisioned: false, Stays);
        var end = Given.Start + Hour;

        Assert.Null(SessionClock.DueAt(record));
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(end)).Next);
        Assert.NotNull(record.After(Given.Activate(), Given.Facts(end.AddTicks(-1))));

        var refused = SessionRules.Decide(Given.Id, record, Given.Activate(), Given.Facts(end));
        Assert.Null(refused.Next);
        Assert.Equal(SessionErrorCode.SessionExpired, refused.Refusal!.Code);
        Assert.Equal(end, refused.Refusal.ExpiredAt);
        Assert.Equal(SessionVerb.Activate, refused.Refusal.Verb);

        var revived = record.After(Given.RenewBy(Minute), Given.Facts(end)).After(Given.Activate(), Given.Facts(end));
        Assert.Equal(SessionStatus.Active, revived.Status);
    }

    [Theory]
    [InlineData(PauseClock.Runs)]
    [InlineData(PauseClock.Stops)]
    public void AutoExpireOff_PausedAfterItsEnd_RefusesResumptionUntilRenewed(PauseClock clock)
    {
        var late = Given.Start + Hour + Minute;
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, Stays with { PauseClock = clock })
            .After(Given.Pause(), Given.Facts(late));

        var refused = SessionRules.Decide(Given.Id, record, Given.Resume(), Given.Facts(late + Minute));
        Assert.Equal(SessionErrorCode.SessionExpired, refused.Refusal!.Code);
        Assert.Equal(Given.Start + Hour, refused.Refusal.ExpiredAt);

        var renewed = record.After(Given.RenewBy(Hour), Given.Facts(late + Minute));
        Assert.Equal(SessionStatus.Active, renewed.After(Given.Resume(), Given.Facts(late + Minute)).Status);
    }

    [Fact]
    public void Activation_FinishedAfterTheEnd_ExpiresAtOnce()
    {
        var record = Given.SessionIn(SessionStatus.Activating, provisioned: true, new SessionOverrides { MaxDuration = Minute });
        var late = Given.Start + (2 * Minute);

        var active = record.AfterProvisioning(now: late);

        Assert.Equal(EndReason.Expired, SessionClock.WhyOver(active, late));
        Assert.Equal(SessionStatus.Closing, SessionRules.LetTimePass(active, Given.Facts(late)).Next!.Status);
    }

    [Fact]
    public void WaitingState_WhileAProvisionerWorks_IsLookedAtBeforeItsDeadline()
    {
        var record = Given.SessionIn(SessionStatus.Creating, provisioned: true);

        Assert.Equal(Given.Start + SessionClock.ResumeAfter, SessionClock.DueAt(record));
        Assert.Equal(
            Given.Start + TimeSpan.FromSeconds(1), SessionClock.DueAt(record with { Deadline = Given.Start + TimeSpan.FromSeconds(1) }));
    }
}
