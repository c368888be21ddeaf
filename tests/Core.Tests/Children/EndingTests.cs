using Sessions.Core.Children;
using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;
using Sessions.Grains.Provisioning;

namespace Sessions.Core.Tests.Children;

/// <summary>What comes back at a child's end, and how a session waits for its children at its own.</summary>
public class EndingTests
{
    private static readonly SessionQuotas Hundred = new() { Executions = 100, ComputeTime = TimeSpan.FromSeconds(100), Children = 4 };
    private static readonly SessionQuotas Forty = new() { Executions = 40, ComputeTime = TimeSpan.FromSeconds(40), Children = 1 };
    private static readonly SessionUsage Used = new() { Executions = 9, Succeeded = 5, Failed = 1, Cancelled = 2, ComputeTime = TimeSpan.FromSeconds(7) };

    [Fact]
    public void EndedChild_LeavesWhatItDidNotUseAndCountsForTheRest()
    {
        var parent = Parent() with { Usage = new SessionUsage { Executions = 10, Succeeded = 10 } };
        var child = Closed(Given.ChildOf(parent) with { Usage = Used });

        var decision = ChildRules.End(parent, child, Given.Facts());

        var next = decision.Next!;
        var ended = Assert.Single(decision.Events);
        Assert.Equal((SessionEventType.ChildEnded, Given.ChildId), (ended.Type, ended.Peer));
        Assert.Empty(next.Children);
        Assert.Equal((91, TimeSpan.FromSeconds(93), 4), (EffectiveTerms.Quotas(next).Executions, EffectiveTerms.Quotas(next).ComputeTime, EffectiveTerms.Quotas(next).Children));
        var usage = next.ToSnapshot().Usage;
        Assert.Equal((19, 15, 1, 2, 1, TimeSpan.FromSeconds(7)), (usage.Executions, usage.Succeeded, usage.Failed, usage.Cancelled, usage.Abandoned, usage.ComputeTime));
        Assert.Equal(10, next.Usage.Executions);
        Assert.False(Narrowing.Of(parent, next));

        // Told a second time, or of a child that it does not know, the parent does nothing.
        Assert.Null(ChildRules.End(next, child, Given.Facts()).Next);
    }

    [Fact]
    public void ChildThatGoesOn_OrIsAnothers_ChangesNothing()
    {
        var parent = Parent();
        var child = Given.ChildOf(parent);

        Assert.Null(ChildRules.End(parent, child, Given.Facts()).Next);
        Assert.Null(ChildRules.End(parent, Closed(child) with { Parent = child.Parent! with { Opening = 1 } }, Given.Facts()).Next);
        Assert.Null(ChildRules.End(parent, Closed(child) with { Parent = child.Parent! with { Id = SessionId.New() } }, Given.Facts()).Next);
        Assert.Null(ChildRules.End(parent, Closed(child) with { Parent = null }, Given.Facts()).Next);
    }

    [Fact]
    public void UsageOfGrandchildren_ComesUpToTheTop()
    {
        var parent = Parent();
        var child = Given.ChildOf(parent).AfterIts(Given.Activate());
        child = child.AfterIts(Given.OpenChild(new() { Quotas = new() { Executions = 20, ComputeTime = TimeSpan.Zero, Children = 0 } }, Other));
        var grandchild = Closed(Given.ChildOf(child, Other) with { Usage = new SessionUsage { Executions = 3, Succeeded = 3 } });

        child = ChildRules.End(child, grandchild, Given.Facts()).Next!;
        child = Closed(child with { Usage = child.Usage with { Executions = 4, Succeeded = 4 } });
        var top = ChildRules.End(parent, child, Given.Facts()).Next!;

        Assert.Equal((7, 7), (top.ToSnapshot().Usage.Executions, top.ToSnapshot().Usage.Succeeded));
    }

    [Theory]
    [InlineData(SessionStatus.Active)]
    [InlineData(SessionStatus.Paused)]
    public void SessionWithChildren_Closed_WaitsForTheLastOne(SessionStatus status)
    {
        var parent = Parent().After(Given.OpenChild(new() { Quotas = Forty }, Other));
        var children = new[] { Given.ChildOf(parent), Given.ChildOf(parent, Other) };
        parent = status == SessionStatus.Paused ? parent.After(Given.Pause()) : parent;

        var closing = SessionRules.Decide(Given.Id, parent, Given.Close(), Given.Facts());
        var one = ChildRules.End(closing.Next!, Closed(children[0] with { Usage = Used }), Given.Facts());
        var last = ChildRules.End(one.Next!, Closed(children[1]), Given.Facts());

        Assert.Equal(SessionStatus.Closing, closing.Next!.Status);
        Assert.Equal([SessionEventType.SessionClosing], closing.Events.Select(e => e.Type));
        Assert.Equal(SessionStatus.Closing, one.Next!.Status);
        Assert.Equal((SessionStatus.Closed, EndReason.Asked, null), (last.Next!.Status, last.Next.EndReason, last.Next.Deadline));
        Assert.Equal([SessionEventType.ChildEnded, SessionEventType.SessionClosed], last.Events.Select(e => e.Type));
        Assert.Equal([SessionStatus.Closing, SessionStatus.Closed], last.Events.Select(e => e.Status));
        Assert.Equal(9, last.Events[^1].Usage!.Executions);
    }

    [Fact]
    public void SessionWithChildren_WhoseTimeIsUp_WaitsForThemToo()
    {
        var parent = Parent();

        var expired = SessionRules.LetTimePass(parent, Given.Facts(parent.ExpiresAt)).Next!;

        Assert.Equal((SessionStatus.Closing, EndReason.Expired), (expired.Status, expired.EndReason));
    }

    [Fact]
    public void Provisioner_OfASessionWithChildren_TearsDownAfterThem()
    {
        var parent = Given.SessionIn(SessionStatus.Active, provisioned: true).After(Given.OpenChild(), Given.Facts());
        var closing = parent.After(Given.Close());
        var later = Given.Start + TimeSpan.FromMinutes(4);

        Assert.False(ProvisioningRun.IsNeeded(closing));
        Assert.Null(SessionRules.EndProvisioning(closing, SessionStatus.Closing, null, Given.Start).Next);
        var childless = ChildRules.End(closing, Closed(Given.ChildOf(parent)), Given.Facts(later)).Next!;
        Assert.True(ProvisioningRun.IsNeeded(childless));
        Assert.Equal((SessionStatus.Closing, later + SessionTimings.Default.ClosingDeadline), (childless.Status, childless.Deadline));
        Assert.Equal(SessionStatus.Closed, childless.AfterProvisioning(now: later).Status);
    }

    [Fact]
    public void DeadlineOfClosing_WhileAChildIsOpen_MovesOn()
    {
        var closing = Parent().After(Given.Close());

        var late = SessionRules.LetTimePass(closing, Given.Facts(closing.Deadline)).Next!;

        Assert.Equal((SessionStatus.Closing, closing.Deadline + SessionTimings.Default.ClosingDeadline), (late.Status, late.Deadline));
        Assert.Null(late.Failure);
    }

    [Theory]
    [InlineData(SessionStatus.Creating, SessionStatus.Closing)]
    [InlineData(SessionStatus.Created, SessionStatus.Closing)]
    [InlineData(SessionStatus.Activating, SessionStatus.Closing)]
    [InlineData(SessionStatus.Active, SessionStatus.Closing)]
    [InlineData(SessionStatus.Paused, SessionStatus.Closing)]
    [InlineData(SessionStatus.Closing, null)]
    [InlineData(SessionStatus.Closed, null)]
    [InlineData(SessionStatus.Failed, null)]
    public void Child_WhoseParentEnds_IsClosedWhereverItStands(SessionStatus status, SessionStatus? target)
    {
        var child = Given.SessionIn(status, provisioned: true);

        var decision = ChildRules.EndWithParent(child, Given.Facts());

        Assert.Equal(target, decision.Next?.Status);
        Assert.True(target is null || decision.Next!.EndReason == EndReason.ParentEnded);
    }

    [Fact]
    public void EndedChild_UntilItsParentTookNotice_IsDue()
    {
        var child = Closed(Given.ChildOf(Parent()));

        var settled = ChildRules.Settle(child, Given.Start).Next!;

        Assert.Equal(child.ChangedAt + SessionClock.ResumeAfter, SessionClock.DueAt(child));
        Assert.Null(SessionClock.DueAt(settled));
        Assert.Null(ChildRules.Settle(settled, Given.Start).Next);
        Assert.Null(ChildRules.Settle(Given.ChildOf(Parent()), Given.Start).Next);
    }

    [Fact]
    public void Parent_UntilItsChildIsKnownToBeCreated_IsDue()
    {
        var parent = Parent();

        var confirmed = ChildRules.Confirm(parent, parent.Children[0], Given.Start).Next!;

        Assert.Equal(Given.Start + SessionClock.ResumeAfter, SessionClock.DueAt(parent));
        Assert.Equal(SessionClock.NoticeAt(parent), SessionClock.DueAt(confirmed));
        Assert.True(ChildRules.HasWork(parent));
        Assert.False(ChildRules.HasWork(confirmed));
        Assert.True(ChildRules.HasWork(confirmed.After(Given.Close())));
        Assert.Null(ChildRules.Confirm(confirmed, confirmed.Children[0], Given.Start).Next);
    }

    [Fact]
    public void ShareOfAChildThatCannotBeCreated_ComesBackAsIfItHadBeenRefused()
    {
        var open = Given.OpenChild(new() { Quotas = Forty });
        var active = Given.SessionIn(SessionStatus.Active, provisioned: false, new() { Quotas = Hundred });
        var parent = active.After(open);

        var back = ChildRules.TakeBack(parent, parent.Children[0], Given.Facts());

        Assert.Empty(back.Next!.Children);
        Assert.Equal(Hundred, EffectiveTerms.Quotas(back.Next));
        Assert.Equal([SessionEventType.ChildEnded], back.Events.Select(e => e.Type));
        Assert.NotNull(SessionRules.Decide(Given.Id, back.Next, open, Given.Facts()).Next);

        // One that is created is not taken back, nor one that was opened since under the same id.
        var confirmed = ChildRules.Confirm(parent, parent.Children[0], Given.Start).Next!;
        Assert.Null(ChildRules.TakeBack(confirmed, parent.Children[0], Given.Facts()).Next);
        Assert.Null(ChildRules.TakeBack(back.Next.After(open), parent.Children[0], Given.Facts()).Next);
    }

    [Fact]
    public void BytesThatAreThereAlready_CannotBeMovedWithTheShare()
    {
        var parent = Given.SessionIn(SessionStatus.Active, provisioned: false, new() { Quotas = new() { DataBytes = 1000 } })
            .After(Given.OpenChild(new() { Quotas = new() { DataBytes = 400 } }));

        Assert.Null(ChildRules.FindExcessOfData(parent, parent.Children[0], 600));
        var refusal = ChildRules.FindExcessOfData(parent, parent.Children[0], 601)!;
        Assert.Equal((SessionErrorCode.QuotaExceeded, "dataBytes", 1000L, 601L), (refusal.Code, refusal.Dimension, refusal.Limit, refusal.Used));
    }

    private static readonly SessionId Other = SessionId.Parse("s-00000000000000000000000003");

    private static SessionRecord Parent() => Given.SessionIn(SessionStatus.Active, provisioned: false, new() { Quotas = Hundred })
        .After(Given.OpenChild(new() { Quotas = Forty }));

    private static SessionRecord Closed(SessionRecord child) => child.AfterIts(Given.Close());
}
