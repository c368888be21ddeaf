using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>A cluster of its own, because these tests move the clock under everything that lives in it.</summary>
public sealed class TimeTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task NobodyCalls_TimeIsUp_TheSweepEndsEverySession()
    {
        var requested = cluster.Grains.GetSession(SessionId.New());
        await requested.Request(Request());
        var expiring = cluster.Grains.GetSession(SessionId.New());
        await expiring.Create(Create());
        await expiring.Activate(Activate());
        var waiting = cluster.Grains.GetSession(SessionId.New());
        await waiting.Create(Create(Specification(overrides: new() { AutoExpire = false })));
        var idle = cluster.Grains.GetSession(SessionId.New());
        await idle.Create(Create(Specification(overrides: new() { IdleTimeout = TimeSpan.FromMinutes(2) })));
        await idle.Activate(Activate());

        // A little more than the duration: stores index what is due to the microsecond, never early.
        cluster.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1));

        await Stored(requested, SessionStatus.Cancelled, EndReason.DeadlinePassed);
        await Stored(expiring, SessionStatus.Closed, EndReason.Expired);
        await Stored(idle, SessionStatus.Closed, EndReason.Idle);
        var refusal = (await waiting.Activate(Activate())).Refused(SessionErrorCode.SessionExpired);
        Assert.NotNull(refusal.ExpiredAt);
        Assert.Equal(SessionStatus.Created, (await waiting.Get(0)).Done().Status);
    }

    [Fact]
    public async Task ProvisionerNeverEnds_DeadlinePasses_Failed()
    {
        await cluster.Grains.GetTemplate(TemplateReference.Parse("stuck")).Set(new() { Provisioner = GateProvisioner.ProvisionerName }, Alice);
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create(Specification(template: "stuck")));
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(id, "prepare") == 1, "the provisioner is called 1 times to prepare");
        cluster.Provisioner.Open(id, "release");

        cluster.Clock.Advance(TimeSpan.FromMinutes(6));

        await Stored(grain, SessionStatus.Failed, EndReason.CreationFailed);
    }

    [Fact]
    public async Task TeardownNeverEnds_DeadlinePasses_ClosedAndSaysSo()
    {
        await cluster.Grains.GetTemplate(TemplateReference.Parse("clinging")).Set(new() { Provisioner = GateProvisioner.ProvisionerName }, Alice);
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create(Specification(template: "clinging")));
        await grain.Close(Close());
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(id, "release") == 1, "the provisioner is called 1 times to release");

        cluster.Clock.Advance(TimeSpan.FromMinutes(6));

        await Stored(grain, SessionStatus.Closed, EndReason.Asked);
        Assert.NotNull((await grain.Get(0)).Done().Failure);
    }

    // Named after what it reproduces: a failed teardown was begun again the moment it was reported, as fast as the silo could.
    [Fact]
    public async Task TeardownFailsAtOnceNearItsDeadline_UntilThen_TriedAtThePaceOfTheSweep()
    {
        await cluster.Grains.GetTemplate(TemplateReference.Parse("refusing")).Set(new() { Provisioner = GateProvisioner.ProvisionerName }, Alice);
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create(Specification(template: "refusing")));
        await grain.Close(Close());
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(id, "release") == 1, "the teardown has begun");

        cluster.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(500));
        cluster.Provisioner.Open(id, "release", "still in use");

        // Long enough for thousands of tries; a sweep wakes the session once, and again at its deadline.
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await Stored(grain, SessionStatus.Closed, EndReason.Asked);

        Assert.InRange(cluster.Provisioner.CallsOf(id, "release"), 1, 10);
    }

    [Fact]
    public async Task SomebodyWatches_TimeIsUp_TheEndIsHeardOfAtOnce()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Activate(Activate());
        var log = cluster.Grains.GetGrain<ISessionLogGrain>(id.ToString()).ReadLog(2, 10, TimeSpan.FromSeconds(20)).AsTask();
        var asked = System.Diagnostics.Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);

        cluster.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1));

        Assert.Equal([SessionEventType.SessionExpired, SessionEventType.SessionClosed], (await log).Events.Select(e => e.Type));
        Assert.True(asked.Elapsed < TimeSpan.FromSeconds(10), $"It took {asked.Elapsed}.");
    }

    [Fact]
    public async Task EndIsNear_NoticeIsGivenOnceForEveryEnd()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Activate(Activate());
        cluster.Clock.Advance(TimeSpan.FromMinutes(54));
        Assert.DoesNotContain(SessionEventType.SessionExpiring, await LoggedAsync(id));

        cluster.Clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(1));
        await Eventually.TrueAsync(async () => (await LoggedAsync(id)).Count(type => type == SessionEventType.SessionExpiring) == 1, "notice is given");
        (await grain.Renew(new RenewSession { Actor = Alice, By = TimeSpan.FromHours(1) })).Done();
        cluster.Clock.Advance(TimeSpan.FromHours(1));
        await Eventually.TrueAsync(async () => (await LoggedAsync(id)).Count(type => type == SessionEventType.SessionExpiring) == 2, "notice of the new end is given");

        cluster.Clock.Advance(TimeSpan.FromMinutes(6));
        await Stored(grain, SessionStatus.Closed, EndReason.Expired);
        Assert.Equal(2, (await LoggedAsync(id)).Count(type => type == SessionEventType.SessionExpiring));
    }

    [Fact]
    public async Task SessionHasBeenKeptForLongEnough_IsGone_AndItsActivationSaysSo()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Close(Close());
        cluster.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Assert.Equal(SessionStatus.Closed, (await grain.Get(0)).Done().Status);

        cluster.Clock.Advance(TimeSpan.FromSeconds(1) + TimeSpan.FromMilliseconds(1));

        await Eventually.TrueAsync(async () => await cluster.Store.ReadAsync(id, default) is null, "the session is gone");
        Assert.Empty(await LoggedAsync(id));
        (await grain.Get(0)).Refused(SessionErrorCode.SessionNotFound);
        (await grain.Renew(new RenewSession { Actor = Alice, By = TimeSpan.FromHours(1) })).Refused(SessionErrorCode.SessionNotFound);
        Assert.Null(await cluster.Store.ReadAsync(id, default));
    }

    private async Task<IEnumerable<SessionEventType>> LoggedAsync(SessionId id) =>
        (await cluster.Store.ReadEventsAsync(id, 0, 100, default)).Select(e => e.Type);

    [Fact]
    public async Task SessionsThatHoldNothing_TimeIsUp_EndWithoutTheirGrains()
    {
        var ids = new List<SessionId>();
        for (var n = 0; n < 300; n++)
        {
            var save = SessionRecords.Create(@namespace: $"bulk/n-{n % 3}", at: cluster.Clock.GetUtcNow());
            await cluster.Store.SaveAsync(save, default);
            ids.Add(save.Record.Id);
        }

        cluster.Clock.Advance(TimeSpan.FromMinutes(59));
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        foreach (var id in ids)
        {
            Assert.Equal(SessionStatus.Created, (await cluster.Store.ReadAsync(id, default))!.Status);
        }

        cluster.Clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(1));

        foreach (var id in ids)
        {
            await Eventually.Get(
                () => cluster.Store.ReadAsync(id, default), record => record!.Status == SessionStatus.Closed, $"session {id} is closed");
        }

        var statistics = await cluster.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        Assert.Empty(statistics.Select(one => one.GrainId.Key.ToString()).Intersect(ids.Select(id => id.ToString())));
    }

    // From the store, because asking the grain would let it see the time by itself.
    private async Task Stored(ISessionGrain grain, SessionStatus status, EndReason reason)
    {
        var id = SessionId.Parse(grain.GetPrimaryKeyString());
        var record = await Eventually.Get(
            () => cluster.Store.ReadAsync(id, default), record => record!.Status == status, $"the session is {status} in the store");
        Assert.Equal(reason, record!.EndReason);
    }
}
