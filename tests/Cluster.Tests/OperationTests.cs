using Orleans.Runtime;
using Sessions.Core;
using Sessions.Core.Operations;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Sessions.TestKit.Storage;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>Operations over many sessions: what they reach, what they leave alone, and that nothing stops them for good.</summary>
[Collection(CrowdGroup.Name)]
public sealed class OperationTests(ClusterFixture cluster)
{
    private const int Many = 2000;

    private readonly string name = $"o{Guid.NewGuid():n}";

    [Fact]
    public async Task ManySessions_Closed_AreAllClosed_AndThoseMadeMeanwhileAreLeftAlone()
    {
        var sessions = await MakeAsync(Many, active: true);
        await MakeAsync(3, active: false, below: "/deep");
        await MakeAsync(2, active: true, below: "-other");
        Tick();

        var operation = await StartAsync(SessionVerb.Close, reason: "the end of the term");
        var late = await MakeAsync(20, active: true);
        var ended = await EndsAsync(operation);

        Assert.Equal((OperationStatus.Done, Many + 3L, Many + 3L), (ended.Status, ended.Total, ended.Done));
        Assert.Equal((0L, 0L), (ended.Skipped, ended.Refused));
        foreach (var id in sessions.Where((_, n) => n % 100 == 0))
        {
            var session = (await cluster.Grains.GetSession(id).Get(0)).Done();
            Assert.Equal(SessionStatus.Closed, session.Status);
            Assert.Equal((Alice, $"{operation}: the end of the term"), (session.LastChange!.Actor, session.LastChange.Reason));
        }

        foreach (var id in late)
        {
            Assert.Equal(SessionStatus.Active, (await cluster.Grains.GetSession(id).Get(0)).Done().Status);
        }

        Assert.Equal(Many + 3, await CountAsync(SessionStatus.Closed));
        Assert.Equal(20, await CountAsync(SessionStatus.Active));
    }

    [Fact]
    public async Task ActiveSessions_Paused_CanBeResumedOneByOne()
    {
        var (active, created) = (await MakeAsync(40, active: true), await MakeAsync(10, active: false));
        Tick();

        var ended = await EndsAsync(await StartAsync(SessionVerb.Pause));

        Assert.Equal((40L, 40L, 0L), (ended.Total, ended.Done, ended.Skipped));
        foreach (var id in active)
        {
            Assert.Equal(SessionStatus.Active, (await cluster.Grains.GetSession(id).Resume(Resume())).Done().Status);
        }

        Assert.All(created, id => Assert.Equal(SessionStatus.Created, cluster.Grains.GetSession(id).Get(0).AsTask().Result.Snapshot!.Status));
    }

    [Fact]
    public async Task SessionsWithoutAnAnswer_AskedAgain_AreDoneInTheEnd()
    {
        var sessions = await MakeAsync(10, active: true);
        Tick();
        cluster.Store.Sessions.FailNextSave(sessions[3], StoreFault.Refuses);
        cluster.Store.Sessions.FailNextSave(sessions[4], StoreFault.CommitsAndFails);
        cluster.Store.Sessions.FailNextSave(sessions[5], StoreFault.LosesAndFails);

        var ended = await EndsAsync(await StartAsync(SessionVerb.Close));

        Assert.Equal((OperationStatus.Done, 10L, 0L, 0L), (ended.Status, ended.Done, ended.Skipped, ended.Refused));
    }

    [Fact]
    public async Task SessionThatNeverAnswers_CountsAsRefused_AndHoldsNobodyUp()
    {
        var sessions = await MakeAsync(5, active: true);
        Tick();
        cluster.Store.Sessions.FailReads(sessions[2]);
        cluster.Store.Sessions.FailNextSave(sessions[2], StoreFault.LosesAndFails);

        var operation = await StartAsync(SessionVerb.Close);
        await Reaches(operation, snapshot => snapshot.Done == 4, "the others are closed");
        cluster.Clock.Advance(OperationRules.Patience);
        var ended = await EndsAsync(operation);
        cluster.Store.Sessions.FailReads(sessions[2], fail: false);

        Assert.Equal((OperationStatus.Done, 4L, 1L), (ended.Status, ended.Done, ended.Refused));
        Assert.Equal((sessions[2], SessionErrorCode.Unavailable), (ended.Refusals.Single().SessionId!.Value, ended.Refusals.Single().Code));
    }

    [Theory]
    [InlineData(StoreFault.Refuses)]
    [InlineData(StoreFault.CommitsAndFails)]
    [InlineData(StoreFault.LosesAndFails)]
    public async Task StoreThatFails_WhileItRuns_OnlyDelaysIt(StoreFault fault)
    {
        await MakeAsync(700, active: false);
        Tick();
        var operation = OperationId.New();
        var failed = 0;
        cluster.Store.Operations.BeforeOperation = next =>
        {
            // The count, the first batch, its answers, the second batch, and theirs.
            if (next.Shown.Id == operation && next.Shown.Version is 2 or 3 or 4 or 5 or 6 && Interlocked.Increment(ref failed) <= 3)
            {
                cluster.Store.Operations.FailNextOperation(fault);
            }
        };

        await StartAsync(SessionVerb.Close, id: operation);
        var ended = await EndsAsync(operation);
        cluster.Store.Operations.BeforeOperation = null;

        Assert.True(failed >= 3);
        Assert.Equal((OperationStatus.Done, 700L, 700L, 0L), (ended.Status, ended.Total, ended.Done, ended.Skipped));
    }

    [Fact]
    public async Task RunningOperation_Deactivated_GoesOnWhereItWas()
    {
        await MakeAsync(Many, active: false);
        Tick();
        var operation = await StartAsync(SessionVerb.Close);
        for (var n = 0; n < 3; n++)
        {
            await Reaches(operation, snapshot => snapshot.Version > n + 2, "it gets on");
            await cluster.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        }

        var ended = await EndsAsync(operation);

        Assert.Equal((OperationStatus.Done, (long)Many, 0L), (ended.Status, ended.Done, ended.Skipped));
    }

    [Fact]
    public async Task OperationWrittenByAnotherActivation_IsLeftToIt_AndEndsOnce()
    {
        await MakeAsync(1200, active: false);
        Tick();
        var operation = OperationId.New();
        var store = cluster.Store.Inner.Operations;
        var intruded = 0;
        cluster.Store.Operations.BeforeOperation = next =>
        {
            // The second activation is as far as the record that it leaves.
            if (next.Shown.Id == operation && next.Batch.Length > 0 && Interlocked.Increment(ref intruded) == 1)
            {
                var held = store.ReadOperationAsync(operation, default).AsTask().Result!;
                Assert.True(store.SaveOperationAsync(OperationRecords.Touch(held, cluster.Clock.GetUtcNow()), default).AsTask().Result);
            }
        };

        await StartAsync(SessionVerb.Close, id: operation);
        var ended = await EndsAsync(operation);
        cluster.Store.Operations.BeforeOperation = null;

        Assert.Equal((OperationStatus.Done, 1200L, 0L), (ended.Status, ended.Done, ended.Skipped));
    }

    [Fact]
    public async Task RunningOperation_Cancelled_StopsAndKeepsWhatIsDone()
    {
        await MakeAsync(Many, active: false);
        Tick();
        var operation = await StartAsync(SessionVerb.Close);
        await Reaches(operation, snapshot => snapshot.Done > 0, "the first are closed");

        var reply = await Grain(operation).Cancel(new CancelOperation { Actor = Principal.Parse("bob"), Reason = "a mistake" });
        var ended = await EndsAsync(operation);

        Assert.Contains(reply.Operation!.Status, (OperationStatus[])[OperationStatus.Cancelling, OperationStatus.Cancelled]);
        Assert.Equal(OperationStatus.Cancelled, ended.Status);
        Assert.Equal((Principal.Parse("bob"), "a mistake"), (ended.Cancellation!.Actor, ended.Cancellation.Reason));
        Assert.InRange(ended.Done, 1, Many - 1);
        Assert.Equal(ended.Done, await CountAsync(SessionStatus.Closed));
        Assert.Equal(ended.Version, (await Grain(operation).Cancel(new CancelOperation { Actor = Alice })).Operation!.Version);
    }

    [Fact]
    public async Task Operation_StartedAgain_IsTheSame_AndInOtherWordsAConflict()
    {
        await MakeAsync(5, active: false);
        Tick();
        var operation = await StartAsync(SessionVerb.Close);
        var ended = await EndsAsync(operation);

        Assert.Equal(ended.Version, (await Grain(operation).Start(Request(SessionVerb.Close))).Operation!.Version);
        Assert.Equal(SessionErrorCode.CommandConflict, (await Grain(operation).Start(Request(SessionVerb.Pause))).Refusal!.Code);
    }

    [Fact]
    public async Task WhatCannotBeStartedOrIsNotThere_IsRefused()
    {
        var unknown = Grain(OperationId.New());

        var refusal = (await unknown.Start(Request(SessionVerb.Close) with { Query = SessionQuery.All, Actor = default })).Refusal!;

        Assert.Equal(SessionErrorCode.InvalidConfiguration, refusal.Code);
        Assert.Equal(["actor", "namespace"], refusal.Faults.Select(fault => fault.Field));
        Assert.Equal(SessionErrorCode.OperationNotFound, (await unknown.Get()).Refusal!.Code);
        Assert.Equal(SessionErrorCode.OperationNotFound, (await unknown.WaitForChange(0, TimeSpan.FromSeconds(10))).Refusal!.Code);
        Assert.Equal(SessionErrorCode.OperationNotFound, (await unknown.Cancel(new CancelOperation { Actor = Alice })).Refusal!.Code);
    }

    [Fact]
    public async Task Operations_Listed_AreThoseOfTheNamespace()
    {
        Tick();
        var (first, second) = (await StartAsync(SessionVerb.Close), await StartAsync(SessionVerb.Pause));
        await EndsAsync(first);
        await EndsAsync(second);
        var list = cluster.Grains.GetOperationList();

        var page = await list.List(new ListOperations { Namespace = Namespace, Limit = 1 });
        var next = await list.List(new ListOperations { Namespace = Namespace, Limit = 1, After = page.Next });
        var end = await list.List(new ListOperations { Namespace = Namespace, Limit = 1, After = next.Next });

        Assert.Equal(new[] { first, second }.Order(), page.Operations.Concat(next.Operations).Select(operation => operation.Id).Order());
        Assert.Equal((0, (OperationPlace?)null), (end.Operations.Length, end.Next));
        Assert.Empty((await list.List(new ListOperations { Namespace = Namespace, Actor = Principal.Parse("bob") })).Operations);
        Assert.Equal(
            ["namespace", "limit"],
            (await list.List(new ListOperations { Limit = 0 })).Refusal!.Faults.Select(fault => fault.Field));
    }

    private SessionNamespace Namespace => SessionNamespace.Parse(name);

    private ISessionOperationGrain Grain(OperationId operation) => cluster.Grains.GetOperation(operation);

    private StartOperation Request(SessionVerb verb, string? reason = null) =>
        new() { Verb = verb, Query = new() { Namespace = Namespace }, Actor = Alice, Reason = reason };

    /// <summary>An operation leaves alone what was requested at its own instant, and the clock stands still.</summary>
    private void Tick() => cluster.Clock.Advance(TimeSpan.FromMilliseconds(1));

    private async Task<OperationId> StartAsync(SessionVerb verb, string? reason = null, OperationId? id = null)
    {
        var operation = id ?? OperationId.New();
        Assert.Null((await Grain(operation).Start(Request(verb, reason))).Refusal);
        return operation;
    }

    private Task<OperationSnapshot> EndsAsync(OperationId operation) => Reaches(operation, snapshot => snapshot.IsFinal, "the operation has ended");

    private async Task<OperationSnapshot> Reaches(OperationId operation, Func<OperationSnapshot, bool> holds, string what) =>
        (await Eventually.Get(() => Grain(operation).Get(), reply => holds(reply.Operation!), what)).Operation!;

    private async Task<long> CountAsync(SessionStatus status)
    {
        var part = await cluster.Store.Search.CountAllAsync(new() { Namespace = Namespace, Statuses = [status] }, default);
        return part.Values.Sum();
    }

    private async Task<SessionId[]> MakeAsync(int count, bool active, string below = "")
    {
        var ids = Enumerable.Range(0, count).Select(_ => SessionId.New()).ToArray();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (id, _) =>
        {
            var session = cluster.Grains.GetSession(id);
            (await session.Create(Create(Specification(name + below)))).Done();
            if (active)
            {
                (await session.Activate(Activate())).Done();
            }
        });
        return ids;
    }
}
