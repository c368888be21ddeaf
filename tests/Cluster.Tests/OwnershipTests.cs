using System.Text;
using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.Core.Data;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>
/// P2: an activation answers nothing from a state that it cannot prove to be current, and what the proof costs. A cluster of its own,
/// whose clock these tests move and whose looks they count.
/// </summary>
public sealed class OwnershipTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private static readonly TimeSpan ProofAge = AdmissionTimings.Default.Right;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly FunctionName Score = FunctionName.Parse("score");
    private static readonly DataKey Key = DataKey.Parse("key");

    public static TheoryData<string> Reads => new(ReadsByName.Keys);

    /// <summary>Ways to learn that a session is paused that an activation holds as active.</summary>
    private static readonly Dictionary<string, Func<ClusterFixture, SessionId, Task<bool>>> ReadsByName = new()
    {
        ["get"] = async (cluster, id) => (await cluster.Grains.GetSession(id).Get(0)).Done().Status == SessionStatus.Paused,
        ["wait"] = async (cluster, id) =>
            (await cluster.Grains.GetSession(id).WaitForChange(0, TimeSpan.Zero)).Done().Status == SessionStatus.Paused,
        ["authorize"] = async (cluster, id) =>
            (await cluster.Grains.GetSession(id).Authorize(new(Score), 0)).Refusal?.Code == SessionErrorCode.SessionNotActive,
        ["begin"] = async (cluster, id) => (await cluster.Grains.GetSession(id).Begin(new()
        {
            Execution = ExecutionId.New(),
            Holder = HolderId.New(),
            Admission = new(Score),
        })).Decision.Refusal?.Code == SessionErrorCode.SessionNotActive,
        ["lease"] = async (cluster, id) =>
            (await new TestHolder(cluster.Grains, cluster.Grains.GetSession(id)).Ask(new(1, 1, 0, TimeSpan.Zero))).Refusal?.Code
                == SessionErrorCode.SessionNotActive,
        ["explain"] = async (cluster, id) => (await cluster.Grains.GetSessionData(id).Explain(
            SessionId.New(), new() { Operation = DataOperations.Read, Key = "a" })).Refusal?.Code == SessionErrorCode.SessionNotActive,
        ["pause"] = async (cluster, id) => (await cluster.Grains.GetSession(id).Pause(Pause())).Refusal?.Code == SessionErrorCode.InvalidTransition,
        ["resume"] = async (cluster, id) => (await cluster.Grains.GetSession(id).Resume(Resume())).Done().Status == SessionStatus.Active,
    };

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task AnotherActivationPaused_ProofHasEnded_EveryAnswerIsTrue(string read)
    {
        var (id, _) = await ActiveAsync();
        await CommitElsewhere(id, Pause());
        cluster.Clock.Advance(ProofAge);

        Assert.True(await ReadsByName[read](cluster, id));
    }

    [Fact]
    public async Task AnotherActivationResumed_ProofHasEnded_NothingIsRefusedByTheStateBefore()
    {
        var (id, grain) = await ActiveAsync();
        (await grain.Pause(Pause())).Done();
        await CommitElsewhere(id, Resume());
        cluster.Clock.Advance(ProofAge);

        Assert.True((await grain.Authorize(new(Score), 0)).IsAdmitted);
        (await grain.Resume(Resume())).Refused(SessionErrorCode.InvalidTransition);
        Assert.Equal(SessionStatus.Paused, (await grain.Pause(Pause())).Done().Status);
    }

    [Fact]
    public async Task CommandDoneByAnotherActivation_Repeated_IsReplayedAndNotRefused()
    {
        var (id, grain) = await ActiveAsync();
        (await grain.Pause(Pause())).Done();
        await CommitElsewhere(id, Resume());
        var pause = Pause();
        var paused = await CommitElsewhere(id, pause);
        cluster.Clock.Advance(ProofAge);

        var again = await grain.Pause(pause);

        Assert.True(again.Replayed);
        Assert.Equal((paused.Version, SessionStatus.Paused), (again.Version, again.Done().Status));
    }

    [Fact]
    public async Task RowIsGone_ProofHasEnded_SessionIsNotFound()
    {
        var (id, grain) = await ActiveAsync(new() { MaxDuration = TimeSpan.FromDays(30) });
        await CommitElsewhere(id, Close());
        cluster.Clock.Advance(TimeSpan.FromDays(8));
        await Eventually.Get(() => cluster.Store.Sessions.ReadAsync(id, default), record => record is null, "the row is deleted");
        cluster.Clock.Advance(ProofAge);

        (await grain.Get(0)).Refused(SessionErrorCode.SessionNotFound);
        (await grain.Pause(Pause())).Refused(SessionErrorCode.SessionNotFound);
        Assert.Equal(SessionErrorCode.SessionNotFound, (await grain.Authorize(new(Score), 0)).Refusal?.Code);
    }

    [Fact]
    public async Task SessionMadeByAnotherActivation_ProofHasEnded_IsFound()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        (await grain.Get(0)).Refused(SessionErrorCode.SessionNotFound);
        var save = SessionRecords.Create(id, at: cluster.Clock.GetUtcNow());
        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Sessions.SaveAsync(save, default));
        cluster.Clock.Advance(ProofAge);

        Assert.Equal(SessionStatus.Created, (await grain.Get(0)).Done().Status);
    }

    [Fact]
    public async Task DataWrittenByAnotherActivation_AlsoUnderCommitsOfThisOne_IsShownWhenTheProofHasEnded()
    {
        var (id, grain) = await ActiveAsync();
        var data = cluster.Grains.GetSessionData(id);
        var get = new DataRequest { Verb = DataVerb.Get, Key = Key, Actor = Alice };
        var put = new DataRequest { Verb = DataVerb.Put, Key = Key, Value = [.. "one"u8], Actor = Alice, CommandId = CommandId.New() };
        Assert.Null((await data.Access(put)).Refusal);
        Assert.Equal("one", Text(await data.Access(get)));
        await WriteElsewhere(id, "another one");

        // The record is not touched by data: a commit of the session says nothing of it.
        cluster.Clock.Advance(ProofAge - TimeSpan.FromMilliseconds(1));
        (await grain.Renew(Renew(TimeSpan.FromMinutes(1)))).Done();
        cluster.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal("another one", Text(await data.Access(get)));
        Assert.Equal(14, (await grain.Get(0)).Done().Usage.DataBytes);
        await WriteElsewhere(id, "a third");
        cluster.Clock.Advance(ProofAge);
        Assert.Equal(10, (await grain.Get(0)).Done().Usage.DataBytes);
        Assert.Equal("a third", Text(await data.Access(get)));
    }

    [Fact]
    public async Task CallerHasSeenANewerVersion_Command_IsNotRefusedUponAnOlderOne()
    {
        var (id, grain) = await ActiveAsync();
        (await grain.Pause(Pause())).Done();
        var resumed = await CommitElsewhere(id, Resume());

        // The proof of the state before still holds, and the caller knows better.
        var paused = (await grain.Pause(Pause() with { SeenVersion = resumed.Version })).Done();

        Assert.Equal((SessionStatus.Paused, resumed.Version + 1), (paused.Status, paused.Version));
        (await grain.Pause(Pause() with { SeenVersion = paused.Version + 1 })).Refused(SessionErrorCode.Unavailable);
        (await grain.Pause(Pause() with { SeenVersion = paused.Version })).Refused(SessionErrorCode.InvalidTransition);
    }

    [Fact]
    public async Task StoreDoesNotAnswer_ProofHasEnded_NothingIsAnsweredAndChangesAreStillDone()
    {
        var (id, grain) = await ActiveAsync();
        cluster.Clock.Advance(ProofAge);
        cluster.Store.Sessions.FailReads(id);
        foreach (var call in (Func<Task>[])
            [
                () => grain.Get(0).AsTask(),
                () => grain.Resume(Resume()).AsTask(),
                () => grain.WaitForChange(0, TimeSpan.Zero).AsTask(),
                () => grain.Authorize(new(Score), 0).AsTask(),
                () => grain.GetExecutions(0, 10).AsTask(),
                () => cluster.Grains.GetSessionLog(id).ReadLog(0, 10, TimeSpan.Zero).AsTask(),
            ])
        {
            var unavailable = await Assert.ThrowsAsync<SessionException>(call);
            Assert.Equal(SessionErrorCode.Unavailable, unavailable.Code);
            Assert.NotNull(unavailable.Error.RetryAfter);
        }

        // The store fences what it writes, and its answer is a proof.
        Assert.Equal(SessionStatus.Paused, (await grain.Pause(Pause())).Done().Status);
        Assert.Equal(SessionStatus.Paused, (await grain.Get(0)).Done().Status);
        cluster.Store.Sessions.FailReads(id, fail: false);
    }

    [Fact]
    public async Task StoreIsSlowerThanAProofHolds_Answers_AreLateAndNotRefused()
    {
        var (id, grain) = await ActiveAsync();
        await CommitElsewhere(id, Pause());
        foreach (var call in (Func<Task<SessionReply>>[])
            [
                () => grain.Get(0).AsTask(),
                () => grain.WaitForChange(0, TimeSpan.Zero).AsTask(),
                () => grain.Pause(Pause()).AsTask(),
            ])
        {
            cluster.Clock.Advance(ProofAge);
            var (answer, looks) = (new TaskCompletionSource(), cluster.Store.Sessions.VersionLooks(id));
            cluster.Store.Sessions.HoldVersions(answer.Task);
            var reply = call();
            await Eventually.Holds(() => cluster.Store.Sessions.VersionLooks(id) > looks, "the session looks");
            cluster.Clock.Advance(ProofAge * 2);
            answer.SetResult();

            var answered = await reply.WaitAsync(Patience);
            Assert.True(answered is { Snapshot.Status: SessionStatus.Paused } or { Refusal.Code: SessionErrorCode.InvalidTransition });
        }
    }

    [Fact]
    public async Task ReadsOfOneSession_HoweverMany_CostOneLookInTheTimeOfAProof()
    {
        var (id, grain) = await ActiveAsync();
        await ReadAsync(grain, 1000);
        Assert.Equal(0, cluster.Store.Sessions.VersionLooks(id));

        for (var proofs = 1; proofs <= 3; proofs++)
        {
            // All of them come while the look is under way, and share it.
            cluster.Clock.Advance(ProofAge);
            var answer = new TaskCompletionSource();
            cluster.Store.Sessions.HoldVersions(answer.Task);
            var begun = cluster.Calls.Begun(id, nameof(ISessionGrain.WaitForChange));
            var waiting = Enumerable.Range(0, 200).Select(_ => grain.WaitForChange(0, TimeSpan.Zero).AsTask()).ToArray();
            await Eventually.Holds(
                () => cluster.Calls.Begun(id, nameof(ISessionGrain.WaitForChange)) == begun + 200, "all reads have reached the session");
            answer.SetResult();
            Assert.All(await Task.WhenAll(waiting).WaitAsync(Patience), reply => reply.Done());
            await ReadAsync(grain, 1000);
            cluster.Clock.Advance(ProofAge - TimeSpan.FromMilliseconds(1));
            await ReadAsync(grain, 10);

            Assert.Equal(proofs, cluster.Store.Sessions.VersionLooks(id));
        }
    }

    [Fact]
    public async Task ReadsOfAThousandSessions_AtOnce_CostFewQuestions()
    {
        var ids = Enumerable.Range(0, 1000).Select(_ => SessionId.New()).ToArray();
        await Parallel.ForEachAsync(ids, async (id, _) => (await cluster.Grains.GetSession(id).Create(Create())).Done());
        cluster.Clock.Advance(ProofAge);
        var answer = new TaskCompletionSource();
        cluster.Store.Sessions.HoldVersions(answer.Task);
        var before = cluster.Store.Sessions.VersionQuestions;

        var reading = Array.ConvertAll(ids, id => cluster.Grains.GetSession(id).Get(0).AsTask());
        await Eventually.Holds(() => ids.All(id => cluster.Calls.Begun(id, nameof(ISessionGrain.Get)) > 0), "all reads have reached their sessions");
        answer.SetResult();
        Assert.All(await Task.WhenAll(reading).WaitAsync(Patience), reply => reply.Done());

        // Each silo asks for the first who came, and then for all who came meanwhile; a few may still have been on their way.
        Assert.InRange(cluster.Store.Sessions.VersionQuestions - before, 2, 12);
        Assert.All(ids, id => Assert.Equal(1, cluster.Store.Sessions.VersionLooks(id)));
    }

    [Fact]
    public async Task Changes_HoweverOldTheProof_CostNoLook()
    {
        var (id, grain) = await ActiveAsync();
        for (var n = 0; n < 20; n++)
        {
            cluster.Clock.Advance(ProofAge);
            (await grain.Renew(Renew(TimeSpan.FromSeconds(10)))).Done();
            Assert.Equal(SessionStatus.Active, (await grain.Get(0)).Done().Status);
        }

        Assert.Equal(0, cluster.Store.Sessions.VersionLooks(id));
    }

    private static async Task ReadAsync(ISessionGrain grain, int count)
    {
        for (var n = 0; n < count; n++)
        {
            (await grain.Get(0)).Done();
        }
    }

    private static string? Text(DataReply reply) => reply.Value is { } value ? Encoding.UTF8.GetString(value.Value.AsSpan()) : null;

    private async Task<(SessionId Id, ISessionGrain Grain)> ActiveAsync(SessionOverrides? overrides = null)
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        (await grain.Create(Create(Specification(overrides: overrides)))).Done();
        (await grain.Activate(Activate())).Done();
        return (id, grain);
    }

    private async Task<SessionSnapshot> CommitElsewhere(SessionId id, SessionCommand command)
    {
        var record = await cluster.Store.Inner.Sessions.ReadAsync(id, default);
        var decision = SessionRules.Decide(id, record, command, new() { Now = cluster.Clock.GetUtcNow() });
        var next = RetentionRules.Foresee(decision.Next!, TimeSpan.FromDays(7));
        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Inner.Sessions.SaveAsync(new(next, decision.Events), default));
        return SessionProjection.ToSnapshot(next);
    }

    private async Task WriteElsewhere(SessionId id, string value)
    {
        var record = (await cluster.Store.Inner.Sessions.ReadAsync(id, default))!;
        var write = new DataWrite(CommandId.New(), Key, [.. Encoding.UTF8.GetBytes(value)], null);
        Assert.Equal(DataOutcome.Written, (await cluster.Store.Inner.Data.WriteDataAsync(DataSpaces.Of(record), write, default)).Outcome);
    }
}
