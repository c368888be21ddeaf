using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.TestKit.Storage;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>P1 and P2: acknowledged changes stay, unknown outcomes are found out by repeating, stale activations cannot write.</summary>
[Collection(ClusterGroup.Name)]
public sealed class DurabilityTests(ClusterFixture cluster)
{
    [Fact]
    public async Task RepeatedCommand_SameId_RecordedAnswerAndNoSecondCommit()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        var activate = Activate();
        await grain.Activate(activate);
        await grain.Pause(Pause());

        var again = await grain.Activate(activate);

        Assert.True(again.Replayed);
        Assert.Equal(2, again.Version);
        Assert.Equal(SessionStatus.Paused, again.Done().Status);
        Assert.Equal(3, (await cluster.Store.Sessions.ReadAsync(id, default))!.Version);
    }

    [Fact]
    public async Task RepeatedCommand_SameIdOtherContent_CommandConflict()
    {
        var grain = cluster.Grains.GetSession(SessionId.New());
        await grain.Create(Create());
        var activate = Activate();
        await grain.Activate(activate);

        (await grain.Activate(activate with { Reason = "another" })).Refused(SessionErrorCode.CommandConflict);
    }

    [Fact]
    public async Task StoreCommitsAndFails_Command_UnavailableAndTheRepetitionIsReplayed()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        var activate = Activate();
        cluster.Store.Sessions.FailNextSave(id, StoreFault.CommitsAndFails);

        var unknown = await Assert.ThrowsAsync<SessionException>(() => grain.Activate(activate).AsTask());
        var again = await grain.Activate(activate);

        Assert.Equal(SessionErrorCode.Unavailable, unknown.Code);
        Assert.NotNull(unknown.Error.RetryAfter);
        Assert.True(again.Replayed);
        Assert.Equal(2, again.Version);
        Assert.Equal(SessionStatus.Active, again.Done().Status);
    }

    [Fact]
    public async Task StoreLosesAndFails_Command_UnavailableAndTheRepetitionIsDone()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        var activate = Activate();
        cluster.Store.Sessions.FailNextSave(id, StoreFault.LosesAndFails);

        await Assert.ThrowsAsync<SessionException>(() => grain.Activate(activate).AsTask());
        var shown = await grain.Get(0);
        var again = await grain.Activate(activate);

        Assert.Equal(SessionStatus.Created, shown.Done().Status);
        Assert.False(again.Replayed);
        Assert.Equal(SessionStatus.Active, again.Done().Status);
    }

    [Fact]
    public async Task StoreRefuses_Command_UnavailableAndNothingMoved()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        cluster.Store.Sessions.FailNextSave(id, StoreFault.Refuses);

        var refused = await Assert.ThrowsAsync<SessionException>(() => grain.Activate(Activate()).AsTask());

        Assert.Equal(SessionErrorCode.Unavailable, refused.Code);
        Assert.Equal(1, (await grain.Get(0)).Done().Version);
        Assert.Equal(2, (await grain.Activate(Activate())).Done().Version);
    }

    [Fact]
    public async Task AnotherActivationCommitted_Command_DecidedAnewOnTheTruth()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Activate(Activate());
        await CommitElsewhere(id, Pause());

        (await grain.Pause(Pause())).Refused(SessionErrorCode.InvalidTransition);
        Assert.Equal(SessionStatus.Active, (await grain.Resume(Resume())).Done().Status);
    }

    [Fact]
    public async Task CallerHasSeenANewerVersion_Get_NeverOlder()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Activate(Activate());
        var paused = await CommitElsewhere(id, Pause());

        Assert.Equal(SessionStatus.Paused, (await grain.Get(paused.Version)).Done().Status);
        (await grain.Get(paused.Version + 1)).Refused(SessionErrorCode.Unavailable);
    }

    [Fact]
    public async Task ExpectedVersion_NotTheOne_VersionConflict()
    {
        var grain = cluster.Grains.GetSession(SessionId.New());
        await grain.Create(Create());

        var refusal = (await grain.Activate(Activate() with { ExpectedVersion = 7 })).Refused(SessionErrorCode.VersionConflict);

        Assert.Equal((7L, 1L), (refusal.ExpectedVersion, refusal.ActualVersion));
        (await grain.Activate(Activate() with { ExpectedVersion = 1 })).Done();
    }

    [Fact]
    public async Task StoreCannotBeRead_ColdSession_UnavailableInReadableWordsAndServedLater()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await cluster.Cluster.DeactivateAsync(grain);
        cluster.Store.Sessions.FailReads(id);

        foreach (var call in (Func<Task>[])
            [
                () => grain.Get(0).AsTask(),
                () => grain.Activate(Activate()).AsTask(),
                () => grain.Create(Create()).AsTask(),
                () => grain.WaitForChange(0, TimeSpan.Zero).AsTask(),
                () => grain.GetExecutions(0, 10).AsTask(),
            ])
        {
            Assert.Equal(SessionErrorCode.Unavailable, (await Assert.ThrowsAsync<SessionException>(call)).Code);
        }

        cluster.Store.Sessions.FailReads(id, fail: false);
        Assert.Equal(SessionStatus.Active, (await grain.Activate(Activate())).Done().Status);
    }

    [Fact]
    public async Task StoreCannotBeRead_NewSession_CreatedWithoutALook()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        cluster.Store.Sessions.FailReads(id);

        Assert.Equal(SessionStatus.Created, (await grain.Create(Create())).Done().Status);
        Assert.Equal(SessionStatus.Active, (await grain.Activate(Activate())).Done().Status);
        cluster.Store.Sessions.FailReads(id, fail: false);
    }

    [Fact]
    public async Task StoreCommitsAndFails_NewSession_RepetitionIsReplayed()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        var create = Create();
        cluster.Store.Sessions.FailNextSave(id, StoreFault.CommitsAndFails);

        Assert.Equal(
            SessionErrorCode.Unavailable, (await Assert.ThrowsAsync<SessionException>(() => grain.Create(create).AsTask())).Code);
        var again = await grain.Create(create);

        Assert.True(again.Replayed);
        Assert.Equal(1, again.Done().Version);
    }

    [Fact]
    public async Task ColdSession_MadeAgain_DecidedUponWhatTheStoreHas()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        var create = Create();
        await grain.Create(create);
        await grain.Activate(Activate());
        var calls = new (Func<ValueTask<SessionReply>> Make, SessionErrorCode? Refusal)[]
        {
            (() => grain.Create(create), null),
            (() => grain.Create(Create()), null),
            (() => grain.Request(Request()), null),
            (() => grain.Create(create with { Reason = "another" }), SessionErrorCode.CommandConflict),
            (() => grain.Create(Create(Specification("acme/other"))), SessionErrorCode.CommandConflict),
            (() => grain.Create(Create(Specification(overrides: new() { MaxDuration = TimeSpan.Zero }))), SessionErrorCode.InvalidConfiguration),
        };

        foreach (var (make, refusal) in calls)
        {
            await cluster.Cluster.DeactivateAsync(grain);
            var reply = await make();

            Assert.Equal(refusal, reply.Refusal?.Code);
            Assert.Equal(refusal is null, reply.Replayed);
            Assert.Equal(refusal is null ? SessionStatus.Active : null, reply.Snapshot?.Status);
        }

        Assert.Equal(2, (await cluster.Store.Sessions.ReadAsync(id, default))!.Version);
    }

    [Fact]
    public async Task ColdReservation_CreatedWithItsSpecification_Created()
    {
        var grain = cluster.Grains.GetSession(SessionId.New());
        await grain.Request(Request());
        await cluster.Cluster.DeactivateAsync(grain);

        var created = (await grain.Create(Create())).Done();

        Assert.Equal((SessionStatus.Created, 2L), (created.Status, created.Version));
    }

    [Fact]
    public async Task Deactivated_Session_ReadAgainFromTheStore()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create());
        await grain.Activate(Activate());

        await cluster.Cluster.DeactivateAsync(grain);

        Assert.Equal(2, (await grain.Get(0)).Done().Version);
    }

    private async Task<SessionSnapshot> CommitElsewhere(SessionId id, SessionCommand command)
    {
        var record = await cluster.Store.Sessions.ReadAsync(id, default);
        var decision = Core.SessionRules.Decide(id, record, command, new() { Now = cluster.Clock.GetUtcNow() });
        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Sessions.SaveAsync(new(decision.Next!, decision.Events), default));
        return Core.SessionProjection.ToSnapshot(decision.Next!);
    }
}
