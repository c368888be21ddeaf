using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

[Collection(ClusterGroup.Name)]
public sealed class LifeTests(ClusterFixture cluster)
{
    [Fact]
    public async Task WholeLife_CommandByCommand_OneCommitEachAndEveryEventInTheLog()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);

        Assert.Equal(SessionStatus.Requested, (await grain.Request(Request())).Done().Status);
        Assert.Equal(SessionStatus.Created, (await grain.Create(Confirm())).Done().Status);
        Assert.Equal(SessionStatus.Active, (await grain.Activate(Activate())).Done().Status);
        Assert.Equal(SessionStatus.Paused, (await grain.Pause(Pause())).Done().Status);
        Assert.Equal(SessionStatus.Active, (await grain.Resume(Resume())).Done().Status);
        Assert.Equal(SessionStatus.Active, (await grain.Renew(Renew(TimeSpan.FromMinutes(5)))).Done().Status);
        var closed = (await grain.Close(Close() with { Reason = "done" })).Done();

        Assert.Equal(SessionStatus.Closed, closed.Status);
        Assert.Equal(7, closed.Version);
        Assert.Equal(EndReason.Asked, closed.EndReason);
        Assert.Equal("done", closed.LastChange?.Reason);
        Assert.Equal(SessionAddress.Derive(Alice, id), closed.Address);
        var events = await cluster.Store.Sessions.ReadEventsAsync(id, 0, 100, default);
        Assert.Equal(
            [
                SessionEventType.SessionRequested, SessionEventType.SessionCreated, SessionEventType.SessionActivated,
                SessionEventType.SessionPaused, SessionEventType.SessionResumed, SessionEventType.SessionRenewed,
                SessionEventType.SessionClosing, SessionEventType.SessionClosed,
            ],
            events.Select(e => e.Type));
        Assert.Equal(Enumerable.Range(1, 8).Select(n => (long)n), events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task CommittedEvents_ImplicitSubscriber_GetsThemInOrder()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Activate(Activate());
        await grain.Close(Close());

        await Eventually.Holds(() => LifecycleRecorderGrain.Of(id).Count >= 4, "the subscriber has four events");

        Assert.Equal([1, 2, 3, 4], LifecycleRecorderGrain.Of(id).Select(e => e.Sequence));
    }

    [Fact]
    public async Task UnknownId_EveryCommandAndQuestion_SessionNotFound()
    {
        var grain = cluster.Grains.GetSession(SessionId.New());

        foreach (var reply in await Everything(grain))
        {
            reply.Refused(SessionErrorCode.SessionNotFound);
        }

        (await grain.Get(0)).Refused(SessionErrorCode.SessionNotFound);
    }

    [Fact]
    public async Task RefusedCommand_EveryVerbInAClosedSession_NothingChanges()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Close(Close());
        var before = await cluster.Store.Sessions.ReadAsync(id, default);
        var events = await cluster.Store.Sessions.ReadEventsAsync(id, 0, 100, default);

        foreach (var reply in await Everything(grain))
        {
            var refusal = reply.Refused(SessionErrorCode.InvalidTransition);
            Assert.Equal(SessionStatus.Closed, refusal.Status);
            Assert.Empty(refusal.Legal);
        }

        Assert.Same(before, await cluster.Store.Sessions.ReadAsync(id, default));
        Assert.Equal(events.Length, (await cluster.Store.Sessions.ReadEventsAsync(id, 0, 100, default)).Length);
    }

    [Fact]
    public async Task MalformedSpecification_Create_AllFaultsListedAndNoSession()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        var overrides = new SessionOverrides
        {
            MaxDuration = TimeSpan.FromSeconds(-1),
            Permissions = (SessionPermissions)64,
            Quotas = new SessionQuotas { Concurrent = -3 },
            Labels = SessionOverrides.None.Labels.Add("key", new string('x', 300)),
        };

        var refusal = (await grain.Create(Create(Specification(overrides: overrides)))).Refused(SessionErrorCode.InvalidConfiguration);

        Assert.Equal(
            ["labels.key", "maxDuration", "permissions", "quotas.concurrent"],
            refusal.Faults.Select(fault => fault.Field).Order());
        Assert.Null(await cluster.Store.Sessions.ReadAsync(id, default));
    }

    [Fact]
    public async Task NamespaceCeiling_CreationAndRenewalBeyondIt_Refused()
    {
        var grain = cluster.Grains.GetSession(SessionId.New());
        var specification = Specification(ClusterFixture.CappedNamespace + "/below", overrides: new() { MaxDuration = TimeSpan.FromHours(3) });

        var refusal = (await grain.Create(Create(specification))).Refused(SessionErrorCode.InvalidConfiguration);
        Assert.Equal("maxDuration", Assert.Single(refusal.Faults).Field);

        await grain.Create(Create(Specification(ClusterFixture.CappedNamespace)));
        (await grain.Renew(Renew(TimeSpan.FromHours(1)))).Done();
        refusal = (await grain.Renew(Renew(TimeSpan.FromSeconds(1)))).Refused(SessionErrorCode.InvalidConfiguration);
        Assert.Equal("by", Assert.Single(refusal.Faults).Field);
    }

    [Fact]
    public async Task WaitForChange_ChangeArrives_AnswersWithIt()
    {
        var grain = cluster.Grains.GetSession(SessionId.New());
        var created = (await grain.Create(Create())).Done();

        var waiting = grain.WaitForChange(created.Version, TimeSpan.FromSeconds(20)).AsTask();
        await grain.Activate(Activate());

        Assert.Equal(SessionStatus.Active, (await waiting).Done().Status);
    }

    private static async Task<SessionReply[]> Everything(ISessionGrain grain) =>
    [
        await grain.Create(Confirm()),
        await grain.Cancel(Cancel()),
        await grain.Activate(Activate()),
        await grain.Pause(Pause()),
        await grain.Resume(Resume()),
        await grain.Renew(Renew(TimeSpan.FromMinutes(1))),
        await grain.Close(Close()),
    ];
}
