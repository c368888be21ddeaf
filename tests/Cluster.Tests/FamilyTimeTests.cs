using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Sessions.TestKit.Storage;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>What the sweep does for families. A cluster of its own, because these tests move the clock.</summary>
public sealed class FamilyTimeTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task ParentsTimeIsUp_NobodyCalls_TheTreeEnds()
    {
        var parent = await ActiveAsync();
        var child = await OpenAsync(parent);
        await Grain(child).Activate(Activate());
        var grandchild = await OpenAsync(child);

        cluster.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1));

        await Stored(parent, record => record.Status == SessionStatus.Closed && record.EndReason == EndReason.Expired);
        await Stored(child, record => record.Status == SessionStatus.Closed && record.EndReason == EndReason.ParentEnded);
        await Stored(grandchild, record => record.Status == SessionStatus.Closed && record.EndReason == EndReason.ParentEnded);
    }

    [Theory]
    [InlineData(StoreFault.LosesAndFails)]
    [InlineData(StoreFault.CommitsAndFails)]
    public async Task OpeningInterrupted_NobodyRepeatsIt_TheSweepCreatesTheChild(StoreFault fault)
    {
        var parent = await ActiveAsync();
        var child = SessionId.New();
        cluster.Store.Sessions.FailNextSave(child, fault);
        await Assert.ThrowsAsync<SessionException>(() => OpenAsync(parent, child));

        cluster.Clock.Advance(SessionClock.ResumeAfter + TimeSpan.FromMilliseconds(1));

        await Stored(parent, record => record.Children is [{ Plan: null }]);
        await Stored(child, record => record.Status == SessionStatus.Created && record.Parent!.Id == parent);
    }

    [Theory]
    [InlineData(StoreFault.LosesAndFails)]
    [InlineData(StoreFault.CommitsAndFails)]
    public async Task ChildsEndNotTaken_NobodyCalls_TheSweepTellsTheParentAgain(StoreFault fault)
    {
        var parent = await ActiveAsync();
        var child = await OpenAsync(parent);
        cluster.Store.Sessions.FailNextSave(parent, fault);
        await Grain(child).Close(Close());
        await Eventually.TrueAsync(
            async () => !cluster.Store.Sessions.WillFail(parent) && !(await cluster.Store.Sessions.ReadAsync(child, default))!.Parent!.Settled, "the parent's commit failed");

        cluster.Clock.Advance(SessionClock.ResumeAfter + TimeSpan.FromMilliseconds(1));

        await StoredInTime(child, record => record.Parent!.Settled);
        await Stored(parent, record => record.Children.IsEmpty && record.Status == SessionStatus.Active);
        var ended = await cluster.Store.Sessions.ReadEventsAsync(parent, 0, 100, default);
        Assert.Single(ended, e => e.Type == SessionEventType.ChildEnded);
    }

    [Fact]
    public async Task ClosingOfATreeInterrupted_NobodyCalls_TheSweepGoesOn()
    {
        var parent = await ActiveAsync();
        var child = await OpenAsync(parent);
        cluster.Store.Sessions.FailNextSave(child, StoreFault.LosesAndFails);
        await Grain(parent).Close(Close());
        await Eventually.Holds(() => !cluster.Store.Sessions.WillFail(child), "the child's commit failed");
        await cluster.Cluster.DeactivateAsync(Grain(parent));

        cluster.Clock.Advance(SessionClock.ResumeAfter + TimeSpan.FromMilliseconds(1));

        await Stored(parent, record => record.Status == SessionStatus.Closed && record.EndReason == EndReason.Asked);
        await Stored(child, record => record.Status == SessionStatus.Closed && record.Parent!.Settled);
    }

    [Fact]
    public async Task DeadlineOfClosingPasses_WhileAChildIsTornDown_TheParentWaitsForIt()
    {
        await cluster.Grains.GetTemplate(TemplateReference.Parse("slow")).Set(new() { Provisioner = GateProvisioner.ProvisionerName }, Alice);
        var parent = await ActiveAsync();
        var child = SessionId.New();
        cluster.Provisioner.Open(child, "prepare");
        await OpenAsync(parent, child, "slow");
        await Grain(child).Reaches(SessionStatus.Created);
        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await Grain(parent).Close(Close());
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(child, "release") >= 1, "the child is being torn down");
        var deadline = (await cluster.Store.Sessions.ReadAsync(parent, default))!.Deadline;

        cluster.Clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));

        await Stored(child, record => record.Status == SessionStatus.Closed && record.Failure is not null);
        await Stored(parent, record => record.Status == SessionStatus.Closed && record.Failure is null);
        Assert.NotNull(deadline);
    }

    [Fact]
    public async Task ParentThatIsGone_ChildSettlesByItself()
    {
        // A parent closes only after its children; the record of this one is taken from under it, as a broken restore might.
        var parent = await ActiveAsync();
        var child = await OpenAsync(parent);
        var record = (await cluster.Store.Sessions.ReadAsync(parent, default))!;
        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Sessions.SaveAsync(new(record with { Version = record.Version + 1, Children = [] }, []), default));

        await Grain(child).Close(Close());

        await Stored(child, one => one.Parent!.Settled);
    }

    private ISessionGrain Grain(SessionId id) => cluster.Grains.GetSession(id);

    private async Task<SessionId> ActiveAsync()
    {
        var id = SessionId.New();
        await Grain(id).Create(Create());
        await Grain(id).Activate(Activate());
        return id;
    }

    private async Task<SessionId> OpenAsync(SessionId parent, SessionId? id = null, string? template = null)
    {
        var child = id ?? SessionId.New();
        var reply = await cluster.Grains.GetSessionFamily(parent).OpenChild(new()
        {
            Actor = Alice,
            Child = child,
            Specification = new()
            {
                Template = template is null ? null : TemplateReference.Parse(template),
                Overrides = new() { AutoExpire = false },
            },
        });
        Assert.Null(reply.Refusal);
        return child;
    }

    // From the store, because asking the grain would let it see the time by itself.
    private async Task Stored(SessionId id, Func<SessionRecord, bool> holds) =>
        await Eventually.Get(() => cluster.Store.Sessions.ReadAsync(id, default), record => record is not null && holds(record), $"{id} is stored as it should be");

    // A sweep that finds the first attempt still under way leaves it alone until its claim is over, for which a clock has to go on.
    private async Task StoredInTime(SessionId id, Func<SessionRecord, bool> holds)
    {
        var claims = 0;
        await Stored(id, record =>
        {
            if (cluster.Store.Due.ClaimsOf(id) is var made && made > claims && !holds(record))
            {
                claims = made;
                cluster.Clock.Advance(SessionClock.ResumeAfter + TimeSpan.FromMilliseconds(1));
            }

            return holds(record);
        });
    }
}
