using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

public class IdempotencyTests
{
    private static readonly SessionRecord Active = Given.SessionIn(SessionStatus.Active, provisioned: false);

    [Fact]
    public void Command_Repeated_ReplaysTheVersionThatItMade()
    {
        var pause = Given.Pause();
        var paused = Active.After(pause);
        var resumed = paused.After(Given.Resume());

        AssertReplay(paused.Version, resumed, pause);
    }

    [Fact]
    public void CommandId_WithOtherContent_IsAConflict()
    {
        var pause = Given.Pause();
        var paused = Active.After(pause);

        AssertConflict(paused, pause with { Reason = "another" });
        AssertConflict(paused, new ResumeSession { CommandId = pause.CommandId, Actor = pause.Actor });
        AssertConflict(paused, pause with { ExpectedVersion = Active.Version });
        AssertConflict(paused, pause with { Actor = Principal.Parse("mallory") });
    }

    [Fact]
    public void Command_RepeatedByACallerThatHasSeenMore_IsTheSame()
    {
        var pause = Given.Pause();
        var paused = Active.After(pause);

        AssertReplay(paused.Version, paused, pause with { SeenVersion = paused.Version });
    }

    [Fact]
    public void CommandId_OfARefusedCommand_MayBeUsedAgain()
    {
        var resume = Given.Resume();
        Assert.Equal(SessionErrorCode.InvalidTransition, Decide(Active, resume).Refusal!.Code);

        Assert.Equal(SessionStatus.Active, Active.After(Given.Pause()).After(resume).Status);
    }

    [Fact]
    public void Answers_AfterManyCommands_AreTheLastSixteenInTheRecordAndTheOthersBesideIt()
    {
        var kept = new KeptAnswers();
        var renewals = Enumerable.Range(0, 20).Select(_ => Given.RenewBy(TimeSpan.FromMinutes(1))).ToList();
        var record = renewals.Aggregate(Active, (current, renew) => kept.Commit(current, kept.Decide(current, renew, Given.Facts()))!);

        Assert.Equal(renewals[^16..].Select(renew => renew.CommandId), record.Answers.Select(answer => answer.CommandId));
        AssertReplay(record.Version - 15, record, renewals[^16]);
        Assert.All(renewals[..^16], (renew, n) => Assert.Equal(Active.Version + 1 + n, kept.Decide(record, renew, Given.Facts()).ReplayOf));

        // With the creation and the activation.
        Assert.Equal(6, kept.Count);
    }

    [Fact]
    public void Command_RepeatedAfterSixteenOthers_IsNotDoneAgain()
    {
        var kept = new KeptAnswers();
        var resume = Given.Resume();
        var record = Active.After(Given.Pause()).After(resume);
        var made = record.Version;
        for (var n = 0; n < 17; n++)
        {
            SessionCommand command = n % 2 == 0 ? Given.Pause() : Given.Resume();
            record = kept.Commit(record, kept.Decide(record, command, Given.Facts()))!;
        }

        Assert.Equal(SessionStatus.Paused, record.Status);
        Assert.Equal(made, kept.Decide(record, resume, Given.Facts()).ReplayOf);
        Assert.Equal(
            SessionErrorCode.CommandConflict, kept.Decide(record, resume with { Reason = "another" }, Given.Facts()).Refusal!.Code);
    }

    [Fact]
    public void Creation_UnderANewCommandId_ReplaysWhatTheSessionIdMeans()
    {
        var overrides = new SessionOverrides { Quotas = new SessionQuotas { Executions = 5 } };
        var record = ((SessionRecord?)null).After(Given.Create(overrides)).After(Given.Activate());

        AssertReplay(record.Version, record, Given.Create(overrides with { }));
    }

    [Fact]
    public void Creation_UnderALowerCeiling_StillReplays()
    {
        var create = Given.Create(new SessionOverrides { MaxDuration = TimeSpan.FromHours(2) });
        var record = ((SessionRecord?)null).After(create);
        var facts = Given.Facts() with { NamespaceCeiling = new SessionCeiling { MaxDuration = TimeSpan.FromHours(1) } };

        var again = SessionRules.Decide(Given.Id, record, create with { CommandId = CommandId.New() }, facts);

        Assert.Equal(record.Version, again.ReplayOf);
    }

    [Fact]
    public void Creation_FromAnotherSpecification_IsAConflict()
    {
        var record = ((SessionRecord?)null).After(Given.Create());

        AssertConflict(record, Given.Create(new SessionOverrides { AutoExpire = false }));
        AssertConflict(record, Given.Create() with { Specification = Given.Specification() with { Creator = Principal.Parse("bob") } });
        AssertConflict(record, Given.Create(template: true));
    }

    [Fact]
    public void Creation_WithTheSameLabelsInAnotherOrder_IsTheSame()
    {
        var backwards = Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a));
        var labels = SortedLabels.Empty.Add("a", "1").Add("b", "2");
        var record = ((SessionRecord?)null).After(Given.Create(new SessionOverrides { Labels = labels }));

        AssertReplay(record.Version, record, Given.Create(new SessionOverrides { Labels = labels.WithComparers(backwards) }));
    }

    [Fact]
    public void Reservation_CreatedWithoutOrWithItsSpecification_IsCreated()
    {
        var reserved = ((SessionRecord?)null).After(Given.Request());

        Assert.Equal(SessionStatus.Created, reserved.After(Given.CreateReserved()).Status);
        Assert.Equal(SessionStatus.Created, reserved.After(Given.Create()).Status);
        AssertConflict(reserved, Given.Create(new SessionOverrides { AutoExpire = false }));
    }

    [Fact]
    public void Reservation_RequestedAgainUnderANewCommandId_Replays()
    {
        var reserved = ((SessionRecord?)null).After(Given.Request());

        AssertReplay(reserved.Version, reserved, Given.Request(deadline: TimeSpan.FromMinutes(3)));
        AssertConflict(reserved, Given.Request(new SessionOverrides { AutoExpire = false }));
    }

    [Fact]
    public void Creation_OfACancelledReservation_IsRefused()
    {
        var cancelled = Given.SessionIn(SessionStatus.Cancelled, provisioned: false);

        Assert.Equal(SessionErrorCode.InvalidTransition, Decide(cancelled, Given.Create()).Refusal!.Code);
    }

    [Fact]
    public void Creation_OfNothingWithoutASpecification_IsNotFound() =>
        Assert.Equal(SessionErrorCode.SessionNotFound, Decide(null, Given.CreateReserved()).Refusal!.Code);

    [Fact]
    public void ExpectedVersion_OfAnotherVersion_IsRefusedWithBoth()
    {
        var refusal = Decide(Active, Given.Pause() with { ExpectedVersion = 7 }).Refusal!;

        Assert.Equal(SessionErrorCode.VersionConflict, refusal.Code);
        Assert.Equal(7, refusal.ExpectedVersion);
        Assert.Equal(Active.Version, refusal.ActualVersion);
        Assert.Equal(SessionStatus.Paused, Active.After(Given.Pause() with { ExpectedVersion = Active.Version }).Status);
    }

    [Fact]
    public void ExpectedVersion_OfNothing_IsZero()
    {
        Assert.Equal(SessionErrorCode.VersionConflict, Decide(null, Given.Create() with { ExpectedVersion = 1 }).Refusal!.Code);
        Assert.Equal(1, ((SessionRecord?)null).After(Given.Create() with { ExpectedVersion = 0 }).Version);
    }

    [Fact]
    public void ExpectedVersion_OfACommandThatWasDone_ReplaysAllTheSame()
    {
        var pause = Given.Pause() with { ExpectedVersion = Active.Version };
        var paused = Active.After(pause);

        AssertReplay(paused.Version, paused, pause);
    }

    private static Decision Decide(SessionRecord? record, SessionCommand command) =>
        SessionRules.Decide(Given.Id, record, command, Given.Facts());

    private static void AssertReplay(long version, SessionRecord record, SessionCommand command)
    {
        var decision = Decide(record, command);
        Assert.Equal(version, decision.ReplayOf);
        Assert.Null(decision.Next);
        Assert.Null(decision.Refusal);
        Assert.Empty(decision.Events);
    }

    private static void AssertConflict(SessionRecord record, SessionCommand command)
    {
        var decision = Decide(record, command);
        Assert.Equal(SessionErrorCode.CommandConflict, decision.Refusal?.Code);
        Assert.Null(decision.Next);
        Assert.Null(decision.ReplayOf);
    }
}
