using Sessions.Core.Children;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Sessions.TestKit.Storage;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>Children opened, closed and lost on the way, in two silos over one store.</summary>
[Collection(ClusterGroup.Name)]
public sealed class FamilyTests(ClusterFixture cluster)
{
    [Fact]
    public async Task OpenChild_OfAnActiveSession_BothKnowEachOtherAndTheLogSaysSo()
    {
        var (parent, id) = (await ActiveAsync(new() { Quotas = new() { Executions = 10 } }), SessionId.New());

        var reply = await Open(parent, id, new() { Quotas = new() { Executions = 4 } });

        Assert.Null(reply.Refusal);
        Assert.Equal((id, SessionStatus.Created, parent), (reply.Child!.Id, reply.Child.Status, reply.Child.Parent));
        Assert.Equal((1, id), (reply.Parent!.Usage.Children, Assert.Single(reply.Parent.Children)));
        var logged = (await cluster.Store.Sessions.ReadEventsAsync(parent, 0, 10, default))[^1];
        Assert.Equal((SessionEventType.ChildOpened, id), (logged.Type, logged.Peer));
        var record = await cluster.Store.Sessions.ReadAsync(parent, default);
        Assert.Null(Assert.Single(record!.Children).Plan);
        Assert.Equal(SessionStatus.Active, (await Grain(id).Activate(Activate())).Done().Status);
    }

    [Fact]
    public async Task TreeOfFourLevels_ClosedFromTheTop_EndsFromTheBottom()
    {
        var root = await ActiveAsync();
        var levels = new List<List<SessionId>> { new() { root } };
        for (var level = 1; level < 4; level++)
        {
            levels.Add([]);
            foreach (var parent in levels[level - 1].Take(3))
            {
                for (var i = 0; i < 3; i++)
                {
                    levels[level].Add(await ActiveChildOf(parent));
                }
            }
        }

        Assert.Equal(SessionStatus.Closing, (await Grain(root).Close(Close())).Done().Status);
        await Grain(root).Reaches(SessionStatus.Closed);

        foreach (var id in levels.Skip(1).SelectMany(level => level))
        {
            var record = await cluster.Store.Sessions.ReadAsync(id, default);
            Assert.Equal((SessionStatus.Closed, EndReason.ParentEnded), (record!.Status, record.EndReason));
            Assert.Empty(record.Children);
            Assert.Single(await Events(id), e => e.Type == SessionEventType.SessionClosed);
        }

        Assert.Equal(3, (await Events(root)).Count(e => e.Type == SessionEventType.ChildEnded));
        await Eventually.TrueAsync(
            async () => (await cluster.Store.Sessions.ReadAsync(levels[3][0], default))!.Parent!.Settled, "the child knows that its parent knows");
    }

    [Fact]
    public async Task ChildClosed_ByItself_LeavesItsParentAndItsSiblingsAlone()
    {
        var parent = await ActiveAsync(new() { Quotas = new() { Children = 2 } });
        var (one, other) = (await ActiveChildOf(parent, Childless), await ActiveChildOf(parent, Childless));
        var full = await Open(parent, SessionId.New(), Childless);

        await Grain(one).Close(Close());
        await Eventually.Get(() => Grain(parent).Get(0), reply => reply.Snapshot!.Children is [var left] && left == other, "one child is left");

        Assert.Equal((SessionErrorCode.QuotaExceeded, "children"), (full.Refusal!.Code, full.Refusal.Dimension));
        Assert.Equal(SessionStatus.Active, (await Grain(other).Get(0)).Done().Status);
        Assert.Equal(SessionStatus.Active, (await Grain(parent).Get(0)).Done().Status);
        Assert.Null((await Open(parent, SessionId.New(), Childless)).Refusal);
    }

    [Fact]
    public async Task Pause_OfAParent_LeavesItsChildrenRunning()
    {
        var parent = await ActiveAsync();
        var child = await ActiveChildOf(parent);

        await Grain(parent).Pause(Pause());

        Assert.Equal(SessionStatus.Active, (await Grain(child).Get(0)).Done().Status);
        await OpenRefused(parent, SessionErrorCode.InvalidTransition);
        await Grain(child).Close(Close());
        await Eventually.Get(() => Grain(parent).Get(0), reply => reply.Snapshot!.Children.IsEmpty, "the paused parent has taken notice");
    }

    [Fact]
    public async Task IdThatStandsForAnotherSession_IsRefusedAndTheShareComesBack()
    {
        var parent = await ActiveAsync(new() { Quotas = new() { Executions = 10 } });
        var taken = SessionId.New();
        await Grain(taken).Create(Create());
        var command = Command(taken, new() { Quotas = new() { Executions = 4 } });

        var refused = await Family(parent).OpenChild(command);
        var again = await Family(parent).OpenChild(command);

        Assert.Equal((SessionErrorCode.CommandConflict, SessionVerb.OpenChild), (refused.Refusal!.Code, refused.Refusal.Verb));
        Assert.Equal(SessionErrorCode.CommandConflict, again.Refusal!.Code);
        Assert.Empty((await Grain(parent).Get(0)).Done().Children);
        Assert.Null((await Open(parent, SessionId.New(), new() { Quotas = new() { Executions = 10 } })).Refusal);
        Assert.Null((await Grain(taken).Get(0)).Done().Parent);
    }

    [Fact]
    public async Task OpenChild_ThatCannotBe_SaysWhy()
    {
        var parent = await ActiveAsync(new() { Quotas = new() { Executions = 10 } });
        var unknown = Command(SessionId.New(), new() { Quotas = new() { Executions = 4 } });
        unknown = unknown with { Specification = unknown.Specification with { Template = TemplateReference.Parse("nowhere") } };

        Assert.Equal(SessionErrorCode.TemplateNotFound, (await Family(parent).OpenChild(unknown)).Refusal!.Code);
        Assert.Equal("quotas.executions", Assert.Single((await OpenRefused(parent, SessionErrorCode.InvalidConfiguration)).Faults).Field);
        var much = await Open(parent, SessionId.New(), new() { Quotas = new() { Executions = 11 } });
        Assert.Equal((SessionErrorCode.QuotaExceeded, "executions", 10L, 0L), (much.Refusal!.Code, much.Refusal.Dimension, much.Refusal.Limit, much.Refusal.Used));
        await OpenRefused(SessionId.New(), SessionErrorCode.SessionNotFound);
    }

    // Each waits for the other's creation inside a turn of its own. Were they to wait for each other, the calls would end as timeouts.
    [Fact]
    public async Task TwoSessions_EachNamingTheOtherAsItsChild_AreBothRefused()
    {
        var (one, other) = (await ActiveAsync(), await ActiveAsync());

        var refused = await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(_ => new[] { Open(one, other), Open(other, one) }));

        Assert.All(refused, reply => Assert.Equal(SessionErrorCode.CommandConflict, reply.Refusal!.Code));
    }

    [Theory]
    [InlineData(StoreFault.Refuses, false)]
    [InlineData(StoreFault.LosesAndFails, false)]
    [InlineData(StoreFault.CommitsAndFails, false)]
    [InlineData(StoreFault.LosesAndFails, true)]
    [InlineData(StoreFault.CommitsAndFails, true)]
    public async Task StoreFailsWhileOpening_Repeated_OpensTheChildOnce(StoreFault fault, bool atTheParent)
    {
        var parent = await ActiveAsync(new() { Quotas = new() { Executions = 10 } });
        var command = Command(SessionId.New(), new() { Quotas = new() { Executions = 4 } });
        cluster.Store.Sessions.FailNextSave(atTheParent ? parent : command.Child, fault);

        var unknown = await Assert.ThrowsAsync<SessionException>(() => Family(parent).OpenChild(command).AsTask());
        var again = await Family(parent).OpenChild(command);

        Assert.Equal(SessionErrorCode.Unavailable, unknown.Code);
        Assert.Equal((command.Child, SessionStatus.Created), (again.Child!.Id, again.Child.Status));
        Assert.Equal(command.Child, Assert.Single(again.Parent!.Children));
        Assert.Single(await Events(parent), e => e.Type == SessionEventType.ChildOpened);
        Assert.Single(await Events(command.Child), e => e.Type == SessionEventType.SessionCreated);
    }

    [Fact]
    public async Task OpenChild_RepeatedAfterTheChildEnded_IsReplayed()
    {
        var parent = await ActiveAsync();
        var command = Command(SessionId.New());
        await Family(parent).OpenChild(command);
        await Grain(command.Child).Close(Close());
        await Eventually.Get(() => Grain(parent).Get(0), reply => reply.Snapshot!.Children.IsEmpty, "the child has ended");

        var again = await Family(parent).OpenChild(command);
        var reused = await Open(parent, command.Child);

        Assert.True(again.Replayed);
        Assert.Equal(SessionStatus.Closed, again.Child!.Status);
        Assert.Equal(SessionErrorCode.CommandConflict, reused.Refusal!.Code);
        Assert.Empty((await Grain(parent).Get(0)).Done().Children);
    }

    // Named after what it reproduces: an activation that was behind created a child whose share another one had taken back.
    [Fact]
    public async Task ShareTakenBackElsewhere_StaleActivationCreatesTheChild_ItIsClosedAtOnce()
    {
        var parent = await ActiveAsync(new() { Quotas = new() { Executions = 10 } });
        var command = Command(SessionId.New(), new() { Quotas = new() { Executions = 4 } });
        cluster.Store.Sessions.FailNextSave(command.Child, StoreFault.Refuses);
        await Assert.ThrowsAsync<SessionException>(() => Family(parent).OpenChild(command).AsTask());
        var record = (await cluster.Store.Sessions.ReadAsync(parent, default))!;
        var back = ChildRules.TakeBack(record, Assert.Single(record.Children), new() { Now = cluster.Clock.GetUtcNow() });
        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Sessions.SaveAsync(new(back.Next!, back.Events), default));

        var reply = await Family(parent).OpenChild(command);

        Assert.Equal(SessionErrorCode.Unavailable, reply.Refusal!.Code);
        Assert.Equal(SessionStatus.Closed, (await cluster.Store.Sessions.ReadAsync(command.Child, default))!.Status);
        Assert.Empty((await Grain(parent).Get(0)).Done().Children);
    }

    [Fact]
    public async Task PreparationOfAChildFails_WhatWasMovedToItComesBack()
    {
        await cluster.Grains.GetTemplate(TemplateReference.Parse("failing")).Set(new() { Provisioner = GateProvisioner.ProvisionerName }, Alice);
        var parent = await ActiveAsync(new() { Quotas = new() { Executions = 10 } });
        var command = Command(SessionId.New(), new() { Quotas = new() { Executions = 10 } });
        var opened = await Family(parent).OpenChild(command with
        {
            Specification = command.Specification with { Template = TemplateReference.Parse("failing") },
        });
        Assert.Equal(SessionStatus.Creating, opened.Child!.Status);

        cluster.Provisioner.Open(command.Child, "release");
        cluster.Provisioner.Open(command.Child, "prepare", "no disk left");
        await Eventually.Get(() => Grain(parent).Get(0), reply => reply.Snapshot!.Children.IsEmpty, "the parent has taken notice");

        Assert.Equal(EndReason.CreationFailed, (await Grain(command.Child).Get(0)).Done().EndReason);
        Assert.Null((await Open(parent, SessionId.New(), new() { Quotas = new() { Executions = 10 } })).Refusal);
    }

    [Fact]
    public async Task ProvisionersOfATree_TearDownChildrenFirst()
    {
        await cluster.Grains.GetTemplate(TemplateReference.Parse("family")).Set(new() { Provisioner = GateProvisioner.ProvisionerName }, Alice);
        var parent = SessionId.New();
        cluster.Provisioner.Open(parent, "prepare");
        cluster.Provisioner.Open(parent, "activate");
        await Grain(parent).Create(Create(Specification(template: "family")));
        await Grain(parent).Reaches(SessionStatus.Created);
        await Grain(parent).Activate(Activate());
        await Grain(parent).Reaches(SessionStatus.Active);
        var command = Command(SessionId.New());
        var child = command.Child;
        await Family(parent).OpenChild(command with
        {
            Specification = command.Specification with { Template = TemplateReference.Parse("family") },
        });

        await Grain(parent).Close(Close());
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(child, "release") == 1, "the child, which was being prepared, is torn down");
        Assert.Equal(0, cluster.Provisioner.CallsOf(parent, "release"));
        cluster.Provisioner.Open(child, "release");
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(parent, "release") == 1, "the parent is torn down");
        Assert.Equal(SessionStatus.Closed, (await cluster.Store.Sessions.ReadAsync(child, default))!.Status);
        cluster.Provisioner.Open(parent, "release");

        await Grain(parent).Reaches(SessionStatus.Closed);
    }

    private static readonly SessionOverrides Childless = new() { Quotas = new() { Children = 0 } };

    private ISessionGrain Grain(SessionId id) => cluster.Grains.GetSession(id);

    private ISessionFamilyGrain Family(SessionId id) => cluster.Grains.GetSessionFamily(id);

    private static OpenChildSession Command(SessionId child, SessionOverrides? overrides = null) => new()
    {
        Actor = Alice,
        Child = child,
        Specification = new() { Overrides = overrides ?? SessionOverrides.None },
    };

    private Task<OpenChildReply> Open(SessionId parent, SessionId child, SessionOverrides? overrides = null) =>
        Family(parent).OpenChild(Command(child, overrides)).AsTask();

    private async Task<SessionError> OpenRefused(SessionId parent, SessionErrorCode code)
    {
        var refusal = (await Open(parent, SessionId.New())).Refusal;
        Assert.Equal(code, refusal?.Code);
        return refusal!;
    }

    private async Task<SessionId> ActiveAsync(SessionOverrides? overrides = null)
    {
        var id = SessionId.New();
        await Grain(id).Create(Create(Specification(overrides: overrides)));
        await Grain(id).Activate(Activate());
        return id;
    }

    private async Task<SessionId> ActiveChildOf(SessionId parent, SessionOverrides? overrides = null)
    {
        var id = SessionId.New();
        Assert.Null((await Open(parent, id, overrides)).Refusal);
        await Grain(id).Activate(Activate());
        return id;
    }

    private async Task<IReadOnlyList<SessionEvent>> Events(SessionId id) => await cluster.Store.Sessions.ReadEventsAsync(id, 0, 100, default);
}
