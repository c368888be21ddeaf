using Sessions.Core;
using Sessions.Core.Stored;
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
    public async Task RepeatedCommand_AfterManyOthers_ReplayedWithinTheWindowAndRefusedAfterIt()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Activate(Activate());
        await grain.Pause(Pause());
        var resume = Resume() with { CommandId = CommandId.New(cluster.Clock.GetUtcNow()) };
        var made = (await grain.Resume(resume)).Version;
        for (var n = 0; n < 10; n++)
        {
            (await grain.Pause(Pause())).Done();
            (await grain.Resume(Resume())).Done();
        }

        (await grain.Pause(Pause())).Done();

        var again = await grain.Resume(resume);
        (await grain.Resume(resume with { Reason = "another" })).Refused(SessionErrorCode.CommandConflict);

        Assert.Equal((true, made, SessionStatus.Paused), (again.Replayed, again.Version, again.Done().Status));

        // Nobody calls; the sweep lets the answers go that are past their window.
        for (var n = 0; n < 2; n++)
        {
            cluster.Clock.Advance(TimeSpan.FromMinutes(6));
            await Eventually.TrueAsync(
                async () => SessionClock.DueAt((await cluster.Store.Sessions.ReadAsync(id, default))!) > cluster.Clock.GetUtcNow(),
                "what was due is done");
        }

        Assert.Equal(0, (await cluster.Store.Sessions.ReadAsync(id, default))!.History!.Kept);
        var refused = (await grain.Resume(resume)).Refused(SessionErrorCode.CommandTooOld);

        var shown = (await grain.Get(0)).Done();
        Assert.Equal((SessionStatus.Paused, shown.Version), (shown.Status, refused.ActualVersion));
        Assert.Equal(SessionStatus.Active, (await grain.Resume(Resume() with { CommandId = CommandId.New(cluster.Clock.GetUtcNow()) })).Done().Status);
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
        const string alone = "refusing/alone";
        await cluster.Grains.GetTemplate(TemplateReference.Parse("refusing")).Set(new() { Provisioner = GateProvisioner.ProvisionerName }, Alice);
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create(Specification(alone, template: "refusing")));
        await grain.Close(Close());
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(id, "release") == 1, "the teardown has begun");
        var deadline = (await cluster.Store.Sessions.ReadAsync(id, default))!.Deadline!.Value;

        // A sweep finds it busy, and claims it for 15 s. Between its end and the deadline no teardown is tried again by itself.
        cluster.Clock.Advance(deadline - TimeSpan.FromSeconds(15.4) - cluster.Clock.GetUtcNow());
        await SweptUntilAsync(deadline - TimeSpan.FromSeconds(0.4));
        cluster.Clock.Advance(TimeSpan.FromSeconds(14.9));
        cluster.Provisioner.Open(id, "release", "still in use");
        await Eventually.Holds(() => cluster.Calls.Answered(id, "EndProvisioning") == 1, "the failure is reported");
        Assert.Equal(1, cluster.Provisioner.CallsOf(id, "release"));

        // The claim is over, and the next one lasts until the deadline.
        cluster.Clock.Advance(TimeSpan.FromSeconds(0.2));
        await SweptUntilAsync(deadline);
        await Eventually.Holds(() => cluster.Calls.Answered(id, "EndProvisioning") == 2, "the second failure is reported");
        Assert.Equal(2, cluster.Provisioner.CallsOf(id, "release"));

        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await Stored(grain, SessionStatus.Closed, EndReason.Asked);

        // Once when it was closed, and once by the sweep: the one at the deadline ends it without another try.
        Assert.Equal(2, cluster.Provisioner.CallsOf(id, "release"));

        async Task SweptUntilAsync(DateTimeOffset claim)
        {
            var until = DueTime.Stored(claim);
            await Eventually.TrueAsync(
                async () => (await cluster.Store.Due.ReadDueNamespacesAsync(null, 1000, default)).Single(one => one.Namespace.ToString() == alone).DueAt == until,
                $"the session is claimed until {until:O}");
            await Eventually.Holds(() => cluster.Calls.Answered(id, "Wake") == cluster.Store.Due.ClaimsOf(id), "its grain is woken for every claim");
        }
    }

    [Fact]
    public async Task SessionWatched_ExpiryComes_TheReadThatWaitsReturnsTheEnd()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);

        // Without a notice ahead of the end: what the watcher is to hear of at once is the end.
        await grain.Create(Create(Specification(overrides: new() { ExpiryNotice = TimeSpan.Zero })));
        var end = (await grain.Activate(Activate())).Done().ExpiresAt!.Value;
        var other = SessionId.New();
        await cluster.Grains.GetSession(other).Create(Create(Specification(overrides: new() { MaxDuration = TimeSpan.FromDays(1) })));
        var patient = cluster.Grains.GetGrain<ISessionLogGrain>(other.ToString()).ReadLog(1, 10, TimeSpan.FromSeconds(20)).AsTask();
        await Eventually.Holds(() => cluster.Calls.Begun(other, "ReadLog") == 1, "the read of the other session waits");
        var log = cluster.Grains.GetGrain<ISessionLogGrain>(id.ToString()).ReadLog(2, 10, TimeSpan.FromSeconds(20)).AsTask();
        await Eventually.Holds(() => cluster.Clock.IsAwaited(end), "the session's grain waits for its end");

        cluster.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1));

        Assert.Equal([SessionEventType.SessionExpired, SessionEventType.SessionClosed], (await log).Events.Select(e => e.Type));

        // A read that began earlier, and has nothing to return until its patience ends, still waits.
        Assert.False(patient.IsCompleted);
        await cluster.Grains.GetSession(other).Close(Close());
        await patient;
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

        await Eventually.TrueAsync(async () => await cluster.Store.Sessions.ReadAsync(id, default) is null, "the session is gone");
        Assert.Empty(await LoggedAsync(id));
        (await grain.Get(0)).Refused(SessionErrorCode.SessionNotFound);
        (await grain.Renew(new RenewSession { Actor = Alice, By = TimeSpan.FromHours(1) })).Refused(SessionErrorCode.SessionNotFound);
        Assert.Null(await cluster.Store.Sessions.ReadAsync(id, default));
    }

    private async Task<IEnumerable<SessionEventType>> LoggedAsync(SessionId id) =>
        (await cluster.Store.Sessions.ReadEventsAsync(id, 0, 100, default)).Select(e => e.Type);

    [Fact]
    public async Task SessionsThatHoldNothing_TimeIsUp_EndWithoutTheirGrains()
    {
        var ids = new List<SessionId>();
        for (var n = 0; n < 300; n++)
        {
            var save = SessionRecords.Create(@namespace: $"bulk/n-{n % 3}", at: cluster.Clock.GetUtcNow());
            await cluster.Store.Sessions.SaveAsync(save, default);
            ids.Add(save.Record.Id);
        }

        // A sweep has come by each of them, to give notice of the end.
        cluster.Clock.Advance(TimeSpan.FromMinutes(59));
        foreach (var id in ids)
        {
            await Eventually.TrueAsync(
                async () => (await LoggedAsync(id)).Contains(SessionEventType.SessionExpiring), $"notice of the end of {id} is given");
            Assert.Equal(SessionStatus.Created, (await cluster.Store.Sessions.ReadAsync(id, default))!.Status);
        }

        cluster.Clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(1));

        foreach (var id in ids)
        {
            await Eventually.Get(
                () => cluster.Store.Sessions.ReadAsync(id, default), record => record!.Status == SessionStatus.Closed, $"session {id} is closed");
        }

        var statistics = await cluster.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        Assert.Empty(statistics.Select(one => one.GrainId.Key.ToString()).Intersect(ids.Select(id => id.ToString())));
    }

    // From the store, because asking the grain would let it see the time by itself.
    private async Task Stored(ISessionGrain grain, SessionStatus status, EndReason reason)
    {
        var id = SessionId.Parse(grain.GetPrimaryKeyString());
        var record = await Eventually.Get(
            () => cluster.Store.Sessions.ReadAsync(id, default), record => record!.Status == status, $"the session is {status} in the store");
        Assert.Equal(reason, record!.EndReason);
    }
}
