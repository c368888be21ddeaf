using Orleans.Core.Internal;
using Sessions.Core.Isolation;
using Sessions.TestKit;
using Sessions.TestKit.Storage;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>Who finds a namespace full and waits: whose turn it is, how the waiting ends, and that nobody overtakes.</summary>
[Collection(CrowdGroup.Name)]
public sealed class AdmissionQueueTests(ClusterFixture cluster)
{
    private static readonly Principal Bob = Principal.Parse("bob");

    private readonly string name = $"q{Guid.NewGuid():n}";

    [Fact]
    public async Task PlacesThatComeFree_GoToTheCreatorsInTurn_AndOfOneCreatorToWhoeverCameFirst()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        var holder = await Active();
        var (a1, a2, a3) = (await Enter(), await Enter(), await Enter());
        var b1 = await Enter(Bob);

        Assert.Equal([1, 3, 4, 2], new[] { await Look(a1), await Look(a2), await Look(a3), await Look(b1) }.Select(reply => reply.Place!.Position));
        Assert.Equal(4, (await Look(a1)).Place!.Waiting);

        var last = holder.Grain;
        foreach (var ticket in new[] { a1, b1, a2, a3 })
        {
            await last.Close(Close());
            var outcome = await Outcome(ticket);
            Assert.Equal((SessionStatus.Active, ticket.Command), (outcome.Snapshot!.Status, outcome.Snapshot.LastChange!.CommandId));
            last = cluster.Grains.GetSession(ticket.Session);
        }
    }

    [Fact]
    public async Task WhileOneWaits_NobodyElseIsAdmitted_ThoughThereIsRoom()
    {
        await Set(new() { MaxLiveSessions = 2, Queue = Line() });
        var (holder, other) = (await Active(), await Active());
        var ticket = await Enter();
        Break(ticket.Session);

        await holder.Grain.Close(Close());

        await Eventually.Get(() => Policy().GetEffective(), reply => reply.Live[0].Live == 1, "there is room");
        var overtaker = await Created();
        var refusal = (await overtaker.Grain.Activate(Activate())).Refused(SessionErrorCode.PolicyViolation);
        Assert.Equal(($"live sessions of {name}: 1 of 2, and 1 wait", SessionNamespace.Parse(name)), (refusal.Rule, refusal.Namespace));
        Assert.False((await Policy().Explain(SessionPermissions.ExecuteFunctions)).IsPermitted);

        // What is live already asks nobody.
        (await other.Grain.Pause(Pause())).Done();
        (await other.Grain.Resume(Resume())).Done();
        cluster.Store.Sessions.FailReads(ticket.Session, fail: false);
        Assert.Equal(SessionStatus.Active, (await Outcome(ticket)).Snapshot!.Status);
        (await overtaker.Grain.Activate(Activate())).Refused(SessionErrorCode.PolicyViolation);
    }

    [Fact]
    public async Task OneWhoCannotBeReached_LetsOthersPass()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        var holder = await Active();
        var (first, second) = (await Enter(), await Enter());
        Break(first.Session);

        await holder.Grain.Close(Close());

        Assert.NotNull((await Outcome(second)).Snapshot);
        cluster.Store.Sessions.FailReads(first.Session, fail: false);
        Assert.Equal(1, (await Look(first)).Place!.Position);
    }

    [Fact]
    public async Task Deadline_ThatHasCome_RefusesWithTheMaximumAndWhenToTryAgain()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = new(10, TimeSpan.FromSeconds(20)) });
        await Active();
        var (mine, policys) = (await Enter(wait: TimeSpan.FromSeconds(10)), await Enter(wait: TimeSpan.FromHours(1)));

        cluster.Clock.Advance(TimeSpan.FromSeconds(11));

        var refusal = (await Outcome(mine)).Refusal!;
        Assert.Equal((SessionErrorCode.PolicyViolation, 1L, 1L), (refusal.Code, refusal.Limit, refusal.Used));
        Assert.NotNull(refusal.RetryAfter);
        Assert.StartsWith("No place has come free in 11.0s", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await Look(policys)).Place!.Position);
        cluster.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(SessionErrorCode.PolicyViolation, (await Outcome(policys)).Refusal!.Code);

        // Also whoever was away meanwhile, and enters again with the ticket.
        Assert.StartsWith("No place", (await EnterAgain(mine)).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LineThatIsFull_RefusesWithTheBound_AndLeavingMakesRoom()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = new(2, TimeSpan.FromMinutes(1)) });
        await Active();
        var (first, second) = (await Enter(), await Enter());
        var late = await Created();

        var refusal = (await Queue().Enter(Entering(late.Id))).Refusal!;
        Assert.Equal((SessionErrorCode.PolicyViolation, "waiting", 2L, 2L), (refusal.Code, refusal.Dimension, refusal.Limit, refusal.Used));
        Assert.NotNull(refusal.RetryAfter);

        await Queue().Leave(first);

        Assert.Equal((null, null, null), Parts(await Look(first)));
        Assert.Equal(2, (await Queue().Enter(Entering(late.Id))).Place!.Position);
        Assert.Equal(1, (await Look(second)).Place!.Position);
    }

    [Fact]
    public async Task SessionThatIsClosedWhileItWaits_LeavesTheLineAtOnce()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        await Active();
        var (first, second) = (await Enter(), await Enter());

        await cluster.Grains.GetSession(second.Session).Close(Close());

        Assert.Equal((SessionErrorCode.InvalidTransition, SessionStatus.Closed), ((await Outcome(second)).Refusal!.Code, (await Outcome(second)).Refusal!.Status));
        Assert.Equal((1, 1), ((await Look(first)).Place!.Position, (await Look(first)).Place!.Waiting));
    }

    [Fact]
    public async Task SessionThatExpiresWhileItWaits_LeavesTheLine()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = new(10, TimeSpan.FromHours(1)) });
        await Active();
        var session = await Created(overrides: new() { MaxDuration = TimeSpan.FromSeconds(30) });
        var ticket = (await Queue().Enter(Entering(session.Id, wait: TimeSpan.FromHours(1)))).Ticket!;

        cluster.Clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(SessionErrorCode.InvalidTransition, (await Outcome(ticket)).Refusal!.Code);
    }

    [Fact]
    public async Task PolicyThatIsWidened_LetsAsManyInAsThereIsRoomFor()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        await Active();
        var tickets = new List<QueueTicket>();
        for (var n = 0; n < 5; n++)
        {
            tickets.Add(await Enter());
        }

        await Set(new() { MaxLiveSessions = 4, Queue = Line() });

        foreach (var ticket in tickets.Take(3))
        {
            Assert.Equal(SessionStatus.Active, (await Outcome(ticket)).Snapshot!.Status);
        }

        var effective = await Eventually.Get(() => Policy().GetEffective(), reply => reply.Live[0].Waiting == 2, "the others wait");
        Assert.Equal(new LiveCount(SessionNamespace.Parse(name), 4, 4) { Waiting = 2 }, Assert.Single(effective.Live));
        Assert.Equal([1, 2], new[] { await Look(tickets[3]), await Look(tickets[4]) }.Select(reply => reply.Place!.Position));
    }

    [Fact]
    public async Task QueueThatIsTakenAway_RefusesThoseWhoWait_AndAMaximumThatIsTakenAwayLetsThemIn()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        await Set(new() { MaxLiveSessions = 1, Queue = Line() }, "/free");
        await Active();
        var refused = await Enter();
        await Set(new() { MaxLiveSessions = 1 });

        var refusal = (await Outcome(refused)).Refusal!;
        Assert.Equal((SessionErrorCode.PolicyViolation, "liveSessions"), (refusal.Code, refusal.Dimension));
        Assert.Equal("liveSessions", (await Queue().Enter(Entering(refused.Session))).Refusal!.Dimension);

        await Set(PolicyDefinition.None);
        await Active("/free");
        var waiting = new[] { await Enter(below: "/free"), await Enter(below: "/free") };
        await Set(PolicyDefinition.None, "/free");
        foreach (var ticket in waiting)
        {
            Assert.NotNull((await Outcome(ticket, "/free")).Snapshot);
        }
    }

    [Fact]
    public async Task EnteringAgain_FindsThePlace_AndAnotherCommandTakesItOver()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        var holder = await Active();
        var (first, second) = (await Enter(), await Enter());
        Assert.Equal(1, (await EnterAgain(first)).Place!.Position);

        var waiting = Queue().Wait(first, TimeSpan.FromSeconds(10)).AsTask();
        var taken = (await Queue().Enter(Entering(first.Session))).Ticket!;

        Assert.Equal(SessionErrorCode.CommandConflict, (await waiting).Refusal!.Code);
        Assert.Equal(SessionErrorCode.CommandConflict, (await Look(first)).Refusal!.Code);
        Assert.Equal((1, 2), ((await Look(taken)).Place!.Position, (await Look(second)).Place!.Position));
        await holder.Grain.Close(Close());
        Assert.Equal(taken.Command, (await Outcome(taken)).Snapshot!.LastChange!.CommandId);

        // The command was done, and is not done twice.
        var repeated = await cluster.Grains.GetSession(taken.Session).Activate(Activate() with { CommandId = taken.Command });
        Assert.True(repeated.Replayed);
    }

    [Fact]
    public async Task TicketThatTheLineDoesNotKnow_EntersAgainWhereItWas()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        await Active();
        var first = await Enter();
        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await Enter();
        await Queue().Leave(first);
        Assert.Equal((null, null, null), Parts(await Look(first)));

        var again = await EnterAgain(first);

        Assert.Equal((1, first), (again.Place!.Position, again.Ticket));
        Assert.Equal(2, (await Look(second)).Place!.Position);
    }

    [Fact]
    public async Task GrainThatWasDeactivated_KnowsNobody_AndThoseWhoEnterAgainStandWhereTheyStood()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        var holder = await Active();
        var first = await Enter();
        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await Enter();
        var began = TimeProvider.System.GetTimestamp();
        var waiting = Queue().Wait(first, TimeSpan.FromSeconds(1)).AsTask();

        // Otherwise the question might come to the activation only when that is ending, and be sent on to the next one.
        Assert.Equal(1, (await Look(first)).Place!.Position);
        await Policy().Cast<IGrainManagementExtension>().DeactivateOnIdle();

        // By the time it took, and not by whose answer comes first: that of who waited and that of the next activation are on their way together.
        await Eventually.Get(() => Look(second), reply => reply.Place is null, "the line is lost");
        var lost = TimeProvider.System.GetElapsedTime(began);
        Assert.True(lost > TimeSpan.FromSeconds(0.9), $"whoever waited was not waited for: the line was lost after {lost}");
        Assert.Equal(1, (await waiting).Place!.Position);
        Assert.Equal((null, null, null), Parts(await Look(first)));
        Assert.All(new[] { await EnterAgain(second), await EnterAgain(first) }, reply => Assert.NotNull(reply.Place));
        Assert.Equal([1, 2], new[] { await Look(first), await Look(second) }.Select(reply => reply.Place!.Position));
        await holder.Grain.Close(Close());
        Assert.NotNull((await Outcome(first)).Snapshot);
    }

    [Fact]
    public async Task CallerThatAsksNoMore_LosesItsPlace()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        await Active();
        var (silent, asking) = (await Enter(), await Enter());

        await Eventually.Get(() => Look(asking), reply => reply.Place!.Position == 1, "who asked no more is gone");

        Assert.Equal((null, null, null), Parts(await Look(silent)));
    }

    // The dead one's session was active for its whole life, and the next one waited.
    [Fact]
    public async Task CallerThatDied_WhenAPlaceComesFree_IsPassedOver_AndStandsWhereItStoodWhenItComesBack()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        var holder = await Active();
        var (dead, next, last) = (await Enter(), await Enter(), await Enter());
        await Look(dead);

        await holder.Grain.Close(Close());

        Assert.Equal(SessionStatus.Active, (await Outcome(next)).Snapshot?.Status);
        Assert.Equal(SessionStatus.Created, (await cluster.Grains.GetSession(dead.Session).Get(0)).Done().Status);
        var back = (await EnterAgain(dead)).Place!;
        Assert.Equal(1, back.Position);
        await Look(last);
        await cluster.Grains.GetSession(next.Session).Close(Close());
        Assert.Equal(SessionStatus.Active, (await Outcome(dead)).Snapshot?.Status);
    }

    [Fact]
    public async Task CallerThatWaits_WhenAPlaceComesFree_IsAskedAtOnceAndNotWhenItsPatienceEnds()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        var holder = await Active();
        var (ticket, other) = (await Enter(), await Enter());
        var others = Queue().Wait(other, TimeSpan.FromSeconds(10)).AsTask();
        var waiting = Queue().Wait(ticket, TimeSpan.FromSeconds(10)).AsTask();

        // Answered after both wait: one that comes later than the place is not asked, but let in.
        await Policy().CountLive();
        await holder.Grain.Close(Close());

        Assert.Equal(1, (await waiting).Place!.Position);
        Assert.False(others.IsCompleted, "whoever waits was not asked before its patience ended");
        Assert.Equal(SessionStatus.Active, (await Queue().Wait(ticket, TimeSpan.FromSeconds(10))).Snapshot?.Status);
    }

    [Fact]
    public async Task AnotherMaximumOnThePath_ThatIsFullTooWhenTheTurnHasCome_IsNamed()
    {
        await Set(new() { MaxLiveSessions = 2, Queue = Line() });
        await Set(new() { MaxLiveSessions = 1, Queue = Line() }, "/a");
        var inner = await Active("/a");
        var ticket = await Enter(below: "/a");
        await Active("/b");

        await Set(new() { MaxLiveSessions = 1, Queue = Line() });

        // There is room in the inner one then, and in the outer one there is none.
        await inner.Grain.Close(Close());

        var outcome = await Outcome(ticket, "/a");
        Assert.Equal((SessionErrorCode.PolicyViolation, SessionNamespace.Parse(name)), (outcome.Refusal!.Code, outcome.Refusal.Namespace));
        Assert.Equal((1, ticket), ((await EnterAgain(ticket)).Place!.Position, (await Look(ticket)).Ticket));
    }

    [Fact]
    public async Task WhoeverHasNothingToWaitFor_IsToldWhatTheSessionSays()
    {
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });
        var active = await Active();

        Assert.Equal(SessionErrorCode.InvalidTransition, (await Queue().Enter(Entering(active.Id))).Refusal!.Code);
        Assert.Equal(SessionErrorCode.SessionNotFound, (await Queue().Enter(Entering(SessionId.New()))).Refusal!.Code);
        Assert.Equal(SessionStatus.Active, (await Queue("-free").Enter(Entering((await Created("-free")).Id))).Snapshot!.Status);
    }

    [Fact]
    public async Task RequestThatIsNotWellFormed_IsRefusedWithItsFaults()
    {
        var elsewhere = cluster.Grains.GetSession(SessionId.New());
        var session = (await elsewhere.Create(Create())).Done();
        await Set(new() { MaxLiveSessions = 1, Queue = Line() });

        Assert.Equal(["session"], (await Queue().Enter(Entering(session.Id))).Refusal!.Faults.Select(fault => fault.Field));
        Assert.Equal(["session", "wait"], (await Queue().Enter(Entering(default, TimeSpan.Zero))).Refusal!.Faults.Select(fault => fault.Field));
        Assert.Equal(
            ["namespace"],
            (await cluster.Grains.GetGrain<IAdmissionQueueGrain>("no namespace").Enter(Entering(session.Id))).Refusal!.Faults.Select(fault => fault.Field));
        Assert.Equal((null, null, null), Parts(await Queue().Wait(new(SessionId.New(), CommandId.New(), default, default), TimeSpan.FromDays(1))));
    }

    [Fact]
    public async Task ManyThatWait_AreAllLetInByAndBy_AndNeverOneTooMany()
    {
        const int Maximum = 3;
        await Set(new() { MaxLiveSessions = Maximum, Queue = new(100, TimeSpan.FromMinutes(10)) });
        var tickets = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Enter(n % 3 == 0 ? Bob : Alice)));
        var (active, full) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        await Task.WhenAll(tickets.Select(async ticket =>
        {
            Assert.Equal(SessionStatus.Active, (await Outcome(ticket)).Snapshot?.Status);
            if (Interlocked.Increment(ref active) == Maximum)
            {
                full.SetResult();
            }

            await full.Task;
            (await cluster.Grains.GetSession(ticket.Session).Close(Close())).Done();
        }));

        Assert.Equal(Maximum, await MostLive());
        Assert.Equal(0, (await Policy().GetEffective()).Live[0].Waiting);
    }

    private static AdmissionQueue Line() => new(10, TimeSpan.FromMinutes(10));

    private static (QueuePlace?, SessionSnapshot?, SessionError?) Parts(QueueReply reply) => (reply.Place, reply.Snapshot, reply.Refusal);

    private static EnterQueue Entering(SessionId session, TimeSpan? wait = null) =>
        new() { Session = session, Command = Activate(), Wait = wait ?? TimeSpan.FromMinutes(5) };

    private IIsolationPolicyGrain Policy(string below = "") => cluster.Grains.GetIsolationPolicy(SessionNamespace.Parse(name + below));

    private IAdmissionQueueGrain Queue(string below = "") => cluster.Grains.GetAdmissionQueue(SessionNamespace.Parse(name + below));

    /// <summary>Sets a policy, and returns when every silo goes by it.</summary>
    private async Task Set(PolicyDefinition definition, string below = "")
    {
        var reply = await Policy(below).Set(new SetPolicy { Definition = definition, Actor = Alice, ApplyNow = true });
        Assert.Null(reply.Refusal);
    }

    private async Task<(SessionId Id, ISessionGrain Grain)> Created(
        string below = "", Principal? creator = null, SessionOverrides? overrides = null)
    {
        var id = SessionId.New();
        var session = cluster.Grains.GetSession(id);
        (await session.Create(Create(Specification(name + below, overrides: overrides) with { Creator = creator ?? Alice }))).Done();
        return (id, session);
    }

    private async Task<(SessionId Id, ISessionGrain Grain)> Active(string below = "")
    {
        var session = await Created(below);
        (await session.Grain.Activate(Activate())).Done();
        return session;
    }

    /// <summary>A new session that waits.</summary>
    private async Task<QueueTicket> Enter(Principal? creator = null, TimeSpan? wait = null, string below = "")
    {
        var reply = await Queue(below).Enter(Entering((await Created(below, creator)).Id, wait));
        Assert.Null(reply.Refusal);
        return reply.Ticket!;
    }

    private ValueTask<QueueReply> EnterAgain(QueueTicket ticket) => Queue().Enter(new()
    {
        Session = ticket.Session,
        Command = Activate() with { CommandId = ticket.Command },
        Wait = TimeSpan.FromMinutes(5),
        Ticket = ticket,
    });

    private ValueTask<QueueReply> Look(QueueTicket ticket) => Queue().Wait(ticket, TimeSpan.Zero);

    private async Task<QueueReply> Outcome(QueueTicket ticket, string below = "")
    {
        var reply = await Eventually.Get(
            () => Queue(below).Wait(ticket, TimeSpan.FromSeconds(1)), reply => reply.Place is null, "the waiting has ended");
        Assert.False(reply is { Snapshot: null, Refusal: null }, "the line has lost it");
        return reply;
    }

    /// <summary>How many of the namespace's sessions were live at most at one time, by the log, which has them in the order of their commits.</summary>
    private async Task<int> MostLive()
    {
        var live = new HashSet<SessionId>();
        var most = 0;
        for (var cursor = EventCursor.Start; ;)
        {
            var page = await cluster.Store.Log.ReadLogAsync(SessionNamespace.Parse(name), cursor, 1_000, default);
            foreach (var (_, happened) in page.Events)
            {
                if (Liveness.IsLive(happened.Status))
                {
                    live.Add(happened.SessionId);
                }
                else
                {
                    live.Remove(happened.SessionId);
                }

                most = Math.Max(most, live.Count);
            }

            if (page.IsAtHorizon)
            {
                return most;
            }

            cursor = page.Next;
        }
    }

    /// <summary>Lets the next save of a session fail, and every read after it.</summary>
    private void Break(SessionId session)
    {
        cluster.Store.Sessions.FailReads(session);
        cluster.Store.Sessions.FailNextSave(session, StoreFault.LosesAndFails);
    }
}
