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

        cluster.Provisioner.Open(id, "release", "still in use");
        for (var tries = 2; tries <= 6; tries++)
        {
            cluster.Clock.Advance(TimeSpan.FromSeconds(20));
            await Eventually.Holds(() => cluster.Provisioner.CallsOf(id, "release") >= tries, "the teardown is tried again");
        }

        cluster.Clock.Advance(TimeSpan.FromMinutes(4));
        await Stored(grain, SessionStatus.Closed, EndReason.Asked);

        Assert.InRange(cluster.Provisioner.CallsOf(id, "release"), 5, 40);
    }

    [Fact]
    public async Task SomebodyWatches_TimeIsUp_TheEndIsHeardOfAtOnce()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        var active = (await grain.Activate(Activate())).Done();
        var changed = grain.WaitForChange(active.Version, TimeSpan.FromSeconds(20)).AsTask();
        var log = cluster.Grains.GetGrain<ISessionLogGrain>(id.ToString()).ReadLog(2, 10, TimeSpan.FromSeconds(20)).AsTask();
        var asked = System.Diagnostics.Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);

        cluster.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1));

        Assert.Equal([SessionEventType.SessionExpired, SessionEventType.SessionClosed], (await log).Events.Select(e => e.Type));
        Assert.Equal(SessionStatus.Closed, (await changed).Done().Status);
        Assert.True(asked.Elapsed < TimeSpan.FromSeconds(10), $"It took {asked.Elapsed}.");
    }

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
