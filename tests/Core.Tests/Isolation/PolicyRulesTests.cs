using Sessions.Core.Isolation;
using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Isolation;

/// <summary>What policies say becomes part of a session, fenced and logged like any other change.</summary>
public class PolicyRulesTests
{
    private const SessionPermissions Execute = SessionPermissions.ExecuteFunctions;

    [Fact]
    public void PolicyThatSaysSomething_AtCreation_IsStamped()
    {
        var policy = Policy(3, new() { Quotas = new() { Executions = 5 } });

        var created = ((SessionRecord?)null).After(Given.Create(), Given.Facts() with { Policy = policy, NamespaceCeiling = policy.Ceiling });

        Assert.Equal(new PolicyBounds { Revision = 3, Ceiling = policy.Ceiling }, created.Bounds);
        Assert.Null(PolicyRules.Apply(created, policy, Given.Start).Next);
        Assert.Null(((SessionRecord?)null).After(Given.Create(), Given.Facts() with { Policy = Policy(0, SessionCeiling.None) }).Bounds);
    }

    [Theory]
    [InlineData(SessionStatus.Created)]
    [InlineData(SessionStatus.Active)]
    [InlineData(SessionStatus.Paused)]
    public void PolicyThatChanges_BindsALiveSession_InOneCommitWithItsEvent(SessionStatus status)
    {
        var record = Given.SessionIn(status, provisioned: false);
        var policy = Policy(7, new() { Permissions = Execute, Quotas = new() { Concurrent = 2 } });

        var decision = PolicyRules.Apply(record, policy, Given.Start);

        var applied = Assert.Single(decision.Events);
        Assert.Equal((SessionEventType.PolicyApplied, 7L, record.Version + 1), (applied.Type, applied.PolicyRevision, applied.Version));
        Assert.Equal((Principal.System, "PolicyChanged"), (applied.Cause.Actor, applied.Cause.Reason));
        Assert.Equal((Execute, 2L), (EffectiveTerms.PolicyPermissions(decision.Next!), EffectiveTerms.Quotas(decision.Next!).Concurrent));
        Assert.Equal(record.Configuration, decision.Next!.Configuration);
        Assert.Null(PolicyRules.Apply(decision.Next, policy, Given.Start).Next);
    }

    [Theory]
    [InlineData(SessionStatus.Requested)]
    [InlineData(SessionStatus.Creating)]
    [InlineData(SessionStatus.Activating)]
    [InlineData(SessionStatus.Closing)]
    [InlineData(SessionStatus.Closed)]
    public void PolicyThatChanges_LeavesWhatWaitsOrIsOver(SessionStatus status) => Assert.Null(
        PolicyRules.Apply(Given.SessionIn(status, provisioned: true), Policy(7, new() { Permissions = Execute }), Given.Start).Next);

    [Fact]
    public void ShorterLife_MovesTheEndNearer_AndALongerOneNotBack()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, new() { MaxDuration = TimeSpan.FromHours(2) });

        var shortened = PolicyRules.Apply(record, Policy(1, new() { MaxDuration = TimeSpan.FromMinutes(5) }), Given.Start).Next!;
        var widened = PolicyRules.Apply(shortened, Policy(2, SessionCeiling.None), Given.Start).Next!;

        Assert.Equal(Given.Start.AddMinutes(5), shortened.ExpiresAt);
        Assert.True(Narrowing.Of(record, shortened));
        Assert.Equal(Given.Start.AddMinutes(5), widened.ExpiresAt);
        Assert.False(Narrowing.Of(shortened, widened));
    }

    [Fact]
    public void NewRevisionThatSaysTheSame_IsNoChange_AndIsStampedWithTheNextCommand()
    {
        var ceiling = new SessionCeiling { Permissions = Execute };
        var record = PolicyRules.Apply(Given.SessionIn(SessionStatus.Active, provisioned: false), Policy(1, ceiling), Given.Start).Next!;

        Assert.Null(PolicyRules.Apply(record, Policy(9, ceiling), Given.Start).Next);
        var paused = record.After(Given.Pause(), Given.Facts() with { Policy = Policy(9, ceiling) });

        Assert.Equal(9, paused.Bounds!.Revision);
        Assert.True(PolicyRules.IsBehind(Policy(8, ceiling), paused));
        Assert.False(PolicyRules.IsBehind(Policy(9, ceiling), paused));
    }

    [Theory]
    [InlineData(SessionStatus.Created, SessionStatus.Active, 1)]
    [InlineData(SessionStatus.Created, SessionStatus.Activating, 1)]
    [InlineData(SessionStatus.Activating, SessionStatus.Active, 0)]
    [InlineData(SessionStatus.Activating, SessionStatus.Failed, -1)]
    [InlineData(SessionStatus.Active, SessionStatus.Paused, 0)]
    [InlineData(SessionStatus.Paused, SessionStatus.Closing, -1)]
    [InlineData(SessionStatus.Closing, SessionStatus.Closed, 0)]
    public void EveryMove_ChangesTheCountOfLiveSessions_ByWhatItMakesLive(SessionStatus from, SessionStatus to, int change)
    {
        var record = Given.SessionIn(from, provisioned: true);
        Assert.Equal(change, Liveness.Change(record, record with { Status = to }));
    }

    private static EffectivePolicy Policy(long revision, SessionCeiling ceiling) =>
        new() { Namespace = Given.Namespace, Revision = revision, Ceiling = ceiling };
}
