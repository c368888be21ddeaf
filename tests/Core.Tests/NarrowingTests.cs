using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

public class NarrowingTests
{
    private const SessionPermissions Execute = SessionPermissions.ExecuteFunctions;
    private const SessionPermissions Compose = SessionPermissions.ComposeFunctions;

    private static readonly SessionQuotas Fives = new()
    {
        Executions = 5,
        Concurrent = 5,
        PerSecond = 5,
        ComputeTime = TimeSpan.FromSeconds(5),
        DataBytes = 5,
        Children = 5,
    };

    private static readonly SessionRecord Active = Given.SessionIn(
        SessionStatus.Active, provisioned: false, new SessionOverrides { Permissions = Execute | Compose, Quotas = Fives });

    [Fact]
    public void SameTerms_UnderAnotherVersion_AreNotNarrower()
    {
        Assert.False(Narrowing.Of(Active, Active with { Version = Active.Version + 1, Usage = new SessionUsage { Executions = 5 } }));
        Assert.False(Narrowing.Of(WithPatterns("a", "b"), WithPatterns("a", "b")));
    }

    [Theory]
    [InlineData(SessionStatus.Active, null, RecallReason.Narrowed)]
    [InlineData(SessionStatus.Paused, null, RecallReason.Stopped)]
    [InlineData(SessionStatus.Closed, EndReason.Asked, RecallReason.Stopped)]
    [InlineData(SessionStatus.Closing, EndReason.Expired, RecallReason.Stopped)]
    [InlineData(SessionStatus.Closed, EndReason.Expired, RecallReason.Stopped)]
    [InlineData(SessionStatus.Closing, EndReason.Idle, RecallReason.Narrowed)]
    [InlineData(SessionStatus.Closed, EndReason.Idle, RecallReason.Narrowed)]
    public void Recall_ForAChangeThatTheAnswersMayPrevent_CancelsNothing(SessionStatus status, EndReason? reason, RecallReason expected) =>
        Assert.Equal(expected, Narrowing.RecallFor(Active with { Status = status, EndReason = reason }));

    [Theory]
    [InlineData(Execute | Compose, false)]
    [InlineData(SessionPermissions.All, false)]
    [InlineData(Execute, true)]
    [InlineData(SessionPermissions.None, true)]
    [InlineData(Execute | SessionPermissions.ReadCrossSession, true)]
    public void Permissions_ChangedTo_AreNarrowerIfOneIsGone(SessionPermissions permissions, bool narrower) =>
        Assert.Equal(narrower, Narrowing.Of(Active, With(Active.Configuration with { Permissions = permissions })));

    [Theory]
    [InlineData("", "", false)]
    [InlineData("", "a", true)]
    [InlineData("a", "", false)]
    [InlineData("a", "b", true)]
    [InlineData("a b", "a", true)]
    [InlineData("a", "a b", true)]
    public void Patterns_ChangedInAnyWayButToNone_AreNarrower(string before, string after, bool narrower) =>
        Assert.Equal(narrower, Narrowing.Of(
            WithPatterns(before.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            WithPatterns(after.Split(' ', StringSplitOptions.RemoveEmptyEntries))));

    [Fact]
    public void Quota_LoweredOrNewlyLimited_IsNarrowerInEveryDimension()
    {
        var lower = new Func<SessionQuotas, SessionQuotas>[]
        {
            quotas => quotas with { Executions = 4 },
            quotas => quotas with { Concurrent = 4 },
            quotas => quotas with { PerSecond = 4 },
            quotas => quotas with { ComputeTime = TimeSpan.FromSeconds(4) },
            quotas => quotas with { DataBytes = 4 },
            quotas => quotas with { Children = 4 },
        };

        Assert.All(lower, change =>
        {
            var (before, after) = (With(Fives), With(change(Fives)));
            Assert.True(Narrowing.Of(before, after));
            Assert.False(Narrowing.Of(after, before));
            Assert.True(Narrowing.Of(With(SessionQuotas.Unlimited), With(change(SessionQuotas.Unlimited))));
            Assert.False(Narrowing.Of(With(change(SessionQuotas.Unlimited)), With(SessionQuotas.Unlimited)));
        });
    }

    [Fact]
    public void Quotas_WidenedInOneDimensionAndLoweredInAnother_AreNarrower() =>
        Assert.True(Narrowing.Of(With(Fives), With(Fives with { Executions = 9, Children = 4 })));

    [Fact]
    public void End_MovedEarlier_IsNarrowerAndLaterIsNot()
    {
        var until = Active.ExpiresAt!.Value.AddTicks(-1);

        Assert.True(Narrowing.Of(Active, Active.After(Given.RenewUntil(until, allowShortening: true))));
        Assert.False(Narrowing.Of(Active, Active.After(Given.RenewBy(TimeSpan.FromMinutes(1)))));
        Assert.True(Narrowing.Of(Active with { ExpiresAt = null }, Active));
    }

    [Fact]
    public void Active_Left_IsNarrowerAndReachedIsNot()
    {
        var paused = Active.After(Given.Pause());
        var activating = Given.SessionIn(SessionStatus.Activating, provisioned: true);

        Assert.True(Narrowing.Of(Active, paused));
        Assert.True(Narrowing.Of(Active, Active.After(Given.Close())));
        Assert.False(Narrowing.Of(paused, paused.After(Given.Resume())));
        Assert.False(Narrowing.Of(activating, activating.AfterProvisioning()));
    }

    private static SessionRecord With(SessionConfiguration configuration) => Active with { Configuration = configuration };

    private static SessionRecord With(SessionQuotas quotas) => With(Active.Configuration with { Quotas = quotas });

    private static SessionRecord WithPatterns(params string[] patterns) => With(Active.Configuration with { FunctionPatterns = [.. patterns] });
}
