using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

public class RenewalTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly DateTimeOffset End = Given.Start + Hour;
    private static readonly SessionRecord Active = Given.SessionIn(SessionStatus.Active, provisioned: false);

    private static readonly SessionRecord Stopped =
        Given.SessionIn(SessionStatus.Active, provisioned: false, new SessionOverrides { PauseClock = PauseClock.Stops })
            .After(Given.Pause(), Given.Facts(Given.Start + (10 * Minute)));

    [Theory]
    [InlineData(SessionStatus.Created)]
    [InlineData(SessionStatus.Active)]
    [InlineData(SessionStatus.Paused)]
    public void LiveSession_Renewed_KeepsItsStateAndEndsLater(SessionStatus status)
    {
        var record = Given.SessionIn(status, provisioned: false);

        var decision = SessionRules.Decide(Given.Id, record, Given.RenewBy(Hour), Given.Facts(Given.Start + Minute));

        Assert.Equal(status, decision.Next!.Status);
        Assert.Equal(End + Hour, SessionClock.ExpiresAt(decision.Next));
        Assert.Equal(SessionEventType.SessionRenewed, Assert.Single(decision.Events).Type);
        Assert.Equal(End + Hour, decision.Events[0].ExpiresAt);
    }

    [Fact]
    public void Renewal_UntilALaterMoment_EndsThenInUtc()
    {
        var until = (End + Minute).ToOffset(TimeSpan.FromHours(9));

        var renewed = Active.After(Given.RenewUntil(until));

        // A store's timestamps have no offset of their own.
        Assert.Equal(TimeSpan.Zero, renewed.ExpiresAt!.Value.Offset);
        Assert.Equal(End + Minute, renewed.ExpiresAt);
    }

    [Fact]
    public void Renewal_ToAnEarlierEnd_IsRefusedUnlessMeant()
    {
        var until = End - Minute;

        AssertFaulty(Active, Given.RenewUntil(until), Given.Start, "until");
        Assert.Equal(until, Active.After(Given.RenewUntil(until, allowShortening: true)).ExpiresAt);
        Assert.Equal(End, Active.After(Given.RenewUntil(End)).ExpiresAt);
    }

    [Fact]
    public void Renewal_ToAMomentThatIsOver_IsRefusedEvenIfShorteningIsMeant()
    {
        var now = Given.Start + Minute;

        AssertFaulty(Active, Given.RenewUntil(now, allowShortening: true), now, "until");
        Assert.Equal(now.AddTicks(1), Active.After(Given.RenewUntil(now.AddTicks(1), true), Given.Facts(now)).ExpiresAt);
    }

    [Fact]
    public void Renewal_OfASessionOverForLong_MustReachBeyondNow()
    {
        var record = Given.SessionIn(SessionStatus.Created, provisioned: false, new SessionOverrides { AutoExpire = false });

        AssertFaulty(record, Given.RenewBy(Minute), End + Minute, "by");
        Assert.NotNull(record.After(Given.RenewBy(2 * Minute), Given.Facts(End + Minute)));
    }

    [Fact]
    public void Renewal_BeyondACeiling_IsRefusedByTheTick()
    {
        var template = Given.Template(new TemplateDefinition { Ceiling = new SessionCeiling { MaxDuration = 3 * Hour } });
        var record = ((SessionRecord?)null).After(Given.Create(template: true), Given.Facts(template: template));
        var narrow = Given.Facts() with { NamespaceCeiling = new SessionCeiling { MaxDuration = 2 * Hour } };

        Assert.NotNull(record.After(Given.RenewBy(2 * Hour)));
        AssertFaulty(record, Given.RenewBy((2 * Hour) + TimeSpan.FromTicks(1)), Given.Start, "by");
        Assert.NotNull(record.After(Given.RenewBy(Hour), narrow));
        AssertFaulty(record, Given.RenewBy(Hour + TimeSpan.FromTicks(1)), narrow, "by");
    }

    [Fact]
    public void Renewal_UnderAGenerousCeiling_NeverPassesTheLongestLife()
    {
        var generous = Given.Facts() with { NamespaceCeiling = new SessionCeiling { MaxDuration = TimeSpan.FromDays(1000) } };
        var longest = Given.Start + ConfigurationRules.MaxDuration;

        Assert.Equal(longest, Active.After(Given.RenewUntil(longest), generous).ExpiresAt);
        AssertFaulty(Active, Given.RenewUntil(longest.AddTicks(1)), generous, "until");
    }

    [Fact]
    public void StoppedClock_RenewedBy_AddsToWhatWasLeft()
    {
        var resumeAt = Given.Start + (40 * Minute);
        var renewed = Stopped.After(Given.RenewBy(Minute), Given.Facts(Given.Start + (30 * Minute)));

        Assert.Null(SessionClock.ExpiresAt(renewed));
        Assert.Equal(End + Minute + (30 * Minute), renewed.After(Given.Resume(), Given.Facts(resumeAt)).ExpiresAt);
    }

    [Fact]
    public void StoppedClock_RenewedUntil_WouldEndThenIfResumedNow()
    {
        var now = Given.Start + (30 * Minute);
        var until = Given.Start + (2 * Hour);
        var renewed = Stopped.After(Given.RenewUntil(until), Given.Facts(now));

        Assert.Equal(until, renewed.After(Given.Resume(), Given.Facts(now)).ExpiresAt);
        Assert.Equal(until + Minute, renewed.After(Given.Resume(), Given.Facts(now + Minute)).ExpiresAt);
    }

    [Fact]
    public void StoppedClock_Renewed_CountsOnlyTimeThatRanTowardsTheCeiling()
    {
        var facts = Given.Facts(Given.Start + (5 * Hour)) with { NamespaceCeiling = new SessionCeiling { MaxDuration = 2 * Hour } };

        Assert.NotNull(Stopped.After(Given.RenewBy(Hour), facts));
        AssertFaulty(Stopped, Given.RenewBy(Hour + TimeSpan.FromTicks(1)), facts, "by");

        // The same after the pause: what stood still then does not count now.
        var resumed = Stopped.After(Given.Resume(), facts);
        Assert.NotNull(resumed.After(Given.RenewBy(Hour), facts));
        AssertFaulty(resumed, Given.RenewBy(Hour + TimeSpan.FromTicks(1)), facts, "by");
    }

    public static TheoryData<DateTimeOffset> EdgesOfTime => new(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    [Theory]
    [MemberData(nameof(EdgesOfTime))]
    public void Renewal_UntilAnEdgeOfTime_IsRefusedAndDoesNotOverflow(DateTimeOffset until)
    {
        var facts = Given.Facts(Given.Start + (20 * Minute));

        AssertFaulty(Active, Given.RenewUntil(until, allowShortening: true), facts, "until");
        AssertFaulty(Stopped, Given.RenewUntil(until, allowShortening: true), facts, "until");
    }

    public static TheoryData<TimeSpan> AbsurdSpans =>
        new(TimeSpan.Zero, TimeSpan.FromTicks(-1), TimeSpan.MinValue, TimeSpan.MaxValue, TimeSpan.FromDays(365) + TimeSpan.FromTicks(1));

    [Theory]
    [MemberData(nameof(AbsurdSpans))]
    public void Renewal_ByAnAbsurdSpan_IsRefused(TimeSpan by) => AssertFaulty(Active, Given.RenewBy(by), Given.Start, "by");

    [Fact]
    public void Renewal_WithNeitherOrBothEnds_IsRefused()
    {
        AssertFaulty(Active, new RenewSession { Actor = Given.Alice }, Given.Start, "by");
        AssertFaulty(Active, new RenewSession { Actor = Given.Alice, By = Minute, Until = End + Hour }, Given.Start, "by");
    }

    private static void AssertFaulty(SessionRecord record, SessionCommand command, DateTimeOffset now, string field) =>
        AssertFaulty(record, command, Given.Facts(now), field);

    private static void AssertFaulty(SessionRecord record, SessionCommand command, DecisionFacts facts, string field)
    {
        var decision = SessionRules.Decide(Given.Id, record, command, facts);

        Assert.Null(decision.Next);
        Assert.Equal(SessionErrorCode.InvalidConfiguration, decision.Refusal!.Code);
        Assert.Contains(decision.Refusal.Faults, fault => fault.Field == field);
    }
}
