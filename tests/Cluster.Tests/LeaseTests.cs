using Orleans.Core.Internal;
using Sessions.Client;
using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.TestKit;
using Sessions.TestKit.Storage;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>Leases, the fence and single admissions, by grain calls alone.</summary>
[Collection(ClusterGroup.Name)]
public sealed class LeaseTests(ClusterFixture cluster)
{
    /// <summary>How long a grain waits for holders to give back what they do not use.</summary>
    private static readonly TimeSpan IdlePatience = TimeSpan.FromMilliseconds(250);

    /// <summary>After which a test gives up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly FunctionName Score = FunctionName.Parse("score");

    [Fact]
    public async Task Lease_OfALimitedSession_GrantsWithinTheLimitAndDebitsItDurably()
    {
        var (grain, id) = await Active(new() { Executions = 10, Concurrent = 4, PerSecond = 100, ComputeTime = TimeSpan.FromMinutes(1) });
        var holder = new TestHolder(cluster.Grains, grain);

        var terms = Terms(await holder.Ask(new(8, 2, 10, TimeSpan.FromSeconds(5))));

        Assert.InRange(terms.Granted.Executions, 1, 8);
        Assert.InRange(terms.Granted.Concurrent!.Value, 1, 2);
        Assert.InRange(terms.Granted.PerSecond!.Value, 1, 10);
        Assert.InRange(terms.Granted.ComputeTime!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(5));
        var stored = (await cluster.Store.Sessions.ReadAsync(id, default))!;
        Assert.Equal(terms.Epoch, stored.Grant!.Epoch);
        Assert.InRange(stored.Grant.Executions, terms.Granted.Executions, 10);
    }

    [Fact]
    public async Task Units_AskedForByManyInTurn_AreAllReachableAndNeverMore()
    {
        var (grain, _) = await Active(new() { Executions = 100 });
        var holders = Enumerable.Range(0, 7).Select(_ => new TestHolder(cluster.Grains, grain)).ToArray();

        var admitted = 0;
        for (var idle = 0; idle < 3; idle++)
        {
            foreach (var holder in holders)
            {
                await holder.Ask(new(5, 1, 0, TimeSpan.Zero));
                while (holder.TryAdmit())
                {
                    holder.End();
                    admitted++;
                    idle = 0;
                }
            }
        }

        Assert.Equal(100, admitted);
        var refused = Terms(await holders[0].Ask(new(1, 1, 0, TimeSpan.Zero))).Shortage;
        Assert.Equal((SessionErrorCode.QuotaExceeded, "executions", 100), (refused!.Code, refused.Dimension, refused.Used));
        Assert.Equal(100, (await grain.Get(0)).Done().Usage.Executions);
    }

    [Fact]
    public async Task LastUnits_IdleWithOneHolder_AreCalledBackForAnother()
    {
        var (grain, _) = await Active(new() { Executions = 4 });
        var hoarder = new TestHolder(cluster.Grains, grain);
        var starving = new TestHolder(cluster.Grains, grain);
        var hoarded = 0L;
        while (Terms(await hoarder.Ask(new(4, 1, 0, TimeSpan.Zero))).Granted.Executions is var granted && granted > hoarded)
        {
            hoarded = granted;
        }

        Assert.Equal(4, hoarded);
        Assert.True(Terms(await starving.Ask(new(1, 1, 0, TimeSpan.Zero))).Granted.Executions > 0);
        Assert.Equal([RecallReason.Idle], hoarder.Recalls);
    }

    [Fact]
    public async Task Pause_WithAHolder_ReturnsAfterItGaveBackAndUsageIsExact()
    {
        var (grain, id) = await Active(new() { Executions = 100 });
        var holder = new TestHolder(cluster.Grains, grain);
        await holder.Ask(new(50, 1, 0, TimeSpan.Zero));
        Assert.True(holder.TryAdmit());
        holder.End();

        var paused = (await grain.Pause(Pause())).Done();

        Assert.Equal([RecallReason.Stopped], holder.Recalls);
        Assert.False(holder.TryAdmit());
        Assert.Equal((1, 1), (paused.Usage.Executions, paused.Usage.Succeeded));
        Assert.Null((await cluster.Store.Sessions.ReadAsync(id, default))!.Grant);
        Assert.Equal(SessionErrorCode.SessionNotActive, (await holder.Ask(new(1, 1, 0, TimeSpan.Zero))).Refusal!.Code);
        await Eventually.Holds(() => holder.Snapshots.Any(snapshot => snapshot.Status == SessionStatus.Paused), "the holder hears of it");
    }

    [Fact]
    public async Task Pause_WithASilentHolder_WaitsForItsLeaseAndChargesIt()
    {
        var (grain, _) = await Active(new() { Executions = 100 });
        var holder = new TestHolder(cluster.Grains, grain) { Silence = new TaskCompletionSource().Task };
        var granted = Terms(await holder.Ask(new(20, 1, 0, TimeSpan.Zero))).Granted.Executions;

        var pausing = grain.Pause(Pause()).AsTask();
        await PassWhileItWaits(pausing, AdmissionTimings.Default.Lease + AdmissionTimings.Default.Margin);
        var paused = (await pausing.WaitAsync(Patience)).Done();

        // Whether it used them nobody knows; they count all the same.
        Assert.Equal((0, granted, 0), (paused.Usage.Executions, paused.Usage.Forfeited, paused.Usage.Abandoned));
    }

    [Fact]
    public async Task Pause_WhoseFenceOutlastsTheSession_IsRefusedBecauseItHasEnded()
    {
        var (id, pausing) = await FenceBeyondTheEnd(grain => grain.Pause(Pause()));

        (await pausing).Refused(SessionErrorCode.InvalidTransition);
        Assert.DoesNotContain(await cluster.Store.Sessions.ReadEventsAsync(id, 0, 100, default), e => e.Type == SessionEventType.SessionPaused);
    }

    [Fact]
    public async Task Close_WhoseFenceOutlastsTheSession_IsDone()
    {
        var (_, closing) = await FenceBeyondTheEnd(grain => grain.Close(Close()));

        Assert.Equal(SessionStatus.Closed, (await closing).Done().Status);
    }

    // Named after what it reproduces: whether time is up was asked before the turn came, and the session was renewed after its end.
    [Fact]
    public async Task Renew_WhoseTurnComesAfterTheEnd_IsRefusedBecauseTheSessionHasEnded()
    {
        var (id, grain, holder) = await HeldNearItsEnd();
        var written = new TaskCompletionSource();
        cluster.Store.Sessions.HoldNextSave(id, written.Task);
        var leasing = holder.Ask(new(50, 1, 0, TimeSpan.Zero));
        await Eventually.Holds(() => !cluster.Store.Sessions.WillHold(id), "the larger debit is being written");

        var renewing = grain.Renew(Renew(TimeSpan.FromHours(1))).AsTask();
        await Eventually.Holds(() => cluster.Calls.Begun(id, "Renew") == 1, "the renewal is with the grain");

        // Answered in a later turn than the one in which the renewal began to wait.
        Assert.True((await grain.Authorize(new(Score), 0)).IsAdmitted);
        Assert.False(renewing.IsCompleted);
        cluster.Clock.Advance(TimeSpan.FromSeconds(2));
        written.SetResult();

        await leasing.WaitAsync(Patience);
        (await renewing.WaitAsync(Patience)).Refused(SessionErrorCode.InvalidTransition);
        Assert.DoesNotContain(await cluster.Store.Sessions.ReadEventsAsync(id, 0, 100, default), e => e.Type == SessionEventType.SessionRenewed);
    }

    [Fact]
    public async Task LateReport_OfALapsedLease_CorrectsWhatWasCharged()
    {
        var (grain, _) = await Active(new() { Executions = 100 });
        var holder = new TestHolder(cluster.Grains, grain);
        var granted = Terms(await holder.Ask(new(20, 1, 0, TimeSpan.Zero))).Granted.Executions;
        Assert.True(holder.TryAdmit());
        holder.End();
        cluster.Clock.Advance(AdmissionTimings.Default.Lease + AdmissionTimings.Default.Margin);
        await new TestHolder(cluster.Grains, grain).Ask(new(1, 1, 0, TimeSpan.Zero));
        Assert.Equal((0, granted), ((await grain.Get(0)).Done().Usage.Executions, (await grain.Get(0)).Done().Usage.Forfeited));

        Assert.Null(await holder.GiveBack());

        Assert.Equal((1, 0), ((await grain.Get(0)).Done().Usage.Executions, (await grain.Get(0)).Done().Usage.Forfeited));
    }

    [Fact]
    public async Task Places_OfADeadHolder_ComeBackWhenItsLeaseAndItsGraceEnd()
    {
        var (grain, _) = await Active(new() { Concurrent = 1 });
        var dead = new TestHolder(cluster.Grains, grain) { Silence = new TaskCompletionSource().Task };
        await dead.Ask(new(1, 1, 0, TimeSpan.Zero));
        Assert.True(dead.TryAdmit());

        var next = new TestHolder(cluster.Grains, grain);
        var asking = next.Ask(new(1, 1, 0, TimeSpan.Zero));
        await PassWhileItWaits(asking, IdlePatience);
        var shortage = Terms(await asking.WaitAsync(Patience)).Shortage!;
        Assert.Equal(("concurrent", 1), (shortage.Dimension, shortage.Limit));
        // What it had may go on for as long as its holder looks for a node.
        cluster.Clock.Advance(AdmissionTimings.Default.Lease + AdmissionTimings.Default.Margin);
        Assert.Equal(0, Terms(await next.Ask(new(1, 1, 0, TimeSpan.Zero))).Granted.Concurrent);
        cluster.Clock.Advance(AdmissionTimings.Default.RunGrace);

        Assert.Equal(1, Terms(await next.Ask(new(1, 1, 0, TimeSpan.Zero))).Granted.Concurrent);
    }

    [Fact]
    public async Task Authorize_SaysWhatIsLeft_AndChangesNothing()
    {
        var (grain, id) = await Active(new() { Executions = 2 }, functions: ["score", "eval.*"]);

        var decision = await grain.Authorize(new(Score), 0);
        var denied = await grain.Authorize(new(FunctionName.Parse("train")), 0);

        Assert.True(decision.IsAdmitted);
        Assert.Equal((id, 2, SessionStatus.Active), (decision.SessionId, decision.Left.Executions, decision.Status));
        Assert.InRange(decision.TimeLeft!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
        Assert.Equal((AdmissionStep.Function, SessionErrorCode.PermissionDenied), (denied.RefusedAt, denied.Refusal!.Code));
        Assert.Equal(2, (await grain.Authorize(new(Score), 0)).Left.Executions);
    }

    [Fact]
    public async Task Strict_BeginAndSettle_CountsOnceAndRefusesBeyondTheLimits()
    {
        var (grain, _) = await Active(new() { Executions = 2, Concurrent = 1 });
        var holder = HolderId.New();
        ExecutionRequest Ask() => new() { Execution = ExecutionId.New(), Holder = holder, Admission = new(Score) };

        var first = Ask();
        Assert.True((await grain.Begin(first)).Decision.IsAdmitted);
        Assert.True((await grain.Begin(first)).Decision.IsAdmitted);
        Assert.Equal("concurrent", (await grain.Begin(Ask())).Decision.Refusal!.Dimension);
        Assert.Null(await grain.Settle(Settle(first, ExecutionOutcome.Succeeded)));
        Assert.Null(await grain.Settle(Settle(first, ExecutionOutcome.Succeeded)));
        Assert.Equal(
            SessionErrorCode.ExecutionNotFound,
            (await grain.Settle(Settle(first, ExecutionOutcome.Succeeded) with { Holder = HolderId.New() }))!.Code);
        Assert.Equal(SessionErrorCode.CommandConflict, (await grain.Begin(first)).Decision.Refusal!.Code);
        var second = Ask();
        Assert.True((await grain.Begin(second)).Decision.IsAdmitted);
        Assert.Equal(
            SessionErrorCode.ExecutionNotFound,
            (await grain.Settle(Settle(second, ExecutionOutcome.Failed) with { Holder = HolderId.New() }))!.Code);
        Assert.Null(await grain.Settle(Settle(second, ExecutionOutcome.Failed)));
        Assert.Equal("executions", (await grain.Begin(Ask())).Decision.Refusal!.Dimension);

        var usage = (await grain.Get(0)).Done().Usage;
        Assert.Equal((2, 1, 1, TimeSpan.FromSeconds(2)), (usage.Executions, usage.Succeeded, usage.Failed, usage.ComputeTime));
    }

    [Fact]
    public async Task Strict_PauseRightAfter_WaitsUntilTheAnswerCannotStartAnythingAnyMore()
    {
        var (grain, _) = await Active(SessionQuotas.Unlimited);
        var timings = AdmissionTimings.Default;
        Assert.True((await grain.Begin(new() { Execution = ExecutionId.New(), Holder = HolderId.New(), Admission = new(Score) })).Decision.IsAdmitted);

        var pausing = grain.Pause(Pause()).AsTask();
        await PassWhileItWaits(pausing, timings.Start + timings.Margin);

        (await pausing.WaitAsync(Patience)).Done();
    }

    [Fact]
    public async Task BadReports_AnyOfThem_AreRefusedAndChangeNothing()
    {
        var (grain, _) = await Active(new() { Executions = 100 });
        var holder = new TestHolder(cluster.Grains, grain);
        await holder.Ask(new(10, 1, 0, TimeSpan.Zero));
        Assert.True(holder.TryAdmit());
        holder.End();
        Assert.Null(await holder.Send(holder.Report(holder.Granted)));
        var before = (await grain.Get(0)).Done().Usage;
        var good = holder.Report(holder.Granted);

        foreach (var (bad, code) in (IEnumerable<(LeaseReport, SessionErrorCode)>)
        [
            (good with { Lease = LeaseId.New() }, SessionErrorCode.LeaseNotFound),
            (good with { Holder = HolderId.New() }, SessionErrorCode.LeaseNotFound),
            (good with { Admitted = 1000, Succeeded = 1000, Kept = new(1000, null, null, null) }, SessionErrorCode.InvalidConfiguration),
            (good with { Admitted = 0, Succeeded = 0 }, SessionErrorCode.InvalidConfiguration),
            (good with { Failed = -1, Succeeded = 2 }, SessionErrorCode.InvalidConfiguration),
            (good with { Running = 5 }, SessionErrorCode.InvalidConfiguration),
            (good with { ComputeTime = TimeSpan.FromSeconds(-1) }, SessionErrorCode.InvalidConfiguration),
            (good with { Kept = good.Kept with { Executions = 99 } }, SessionErrorCode.InvalidConfiguration),
            (good with { Log = [new() { Duration = TimeSpan.FromSeconds(1), Outcome = ExecutionOutcome.Succeeded }] }, SessionErrorCode.InvalidConfiguration),
        ])
        {
            Assert.Equal(code, (await holder.Send(bad))?.Code);
            Assert.Equal(before, (await grain.Get(0)).Done().Usage);
        }

        // One that comes after a later one says nothing new, and is no fault.
        Assert.Null(await holder.Send(good with { Sequence = 1, Admitted = 0, Succeeded = 0 }));
        Assert.Equal(before, (await grain.Get(0)).Done().Usage);
        Assert.Null(await holder.Send(good));
    }

    [Fact]
    public async Task IdleTimeout_WhileHoldersReportActivity_IsHeldOff()
    {
        var (grain, _) = await Active(SessionQuotas.Unlimited, idle: TimeSpan.FromSeconds(10));
        var holder = new TestHolder(cluster.Grains, grain);
        for (var i = 0; i < 15; i++)
        {
            await holder.Ask(new(5, 1, 0, TimeSpan.Zero));
            Assert.True(holder.TryAdmit());
            holder.End();
            cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(SessionStatus.Active, (await grain.Get(0)).Done().Status);
        cluster.Clock.Advance(TimeSpan.FromSeconds(12));

        Assert.Equal(EndReason.Idle, (await grain.Reaches(SessionStatus.Closed)).EndReason);
    }

    [Fact]
    public async Task Activation_LetGoInOrder_HasCalledBackWhatWasOutAndLeavesNoMark()
    {
        var (grain, id) = await Active(new() { Executions = 100, Concurrent = 2 });
        var holder = new TestHolder(cluster.Grains, grain);
        await holder.Ask(new(50, 2, 0, TimeSpan.Zero));
        Assert.True(holder.TryAdmit());
        holder.End();

        await grain.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        await Eventually.Get(() => cluster.Store.Sessions.ReadAsync(id, default), record => record!.Grant is null, "the mark is gone");

        Assert.Equal([RecallReason.Narrowed], holder.Recalls);
        Assert.False(holder.TryAdmit());
        Assert.Equal(1, (await grain.Get(0)).Done().Usage.Executions);
        var next = new TestHolder(cluster.Grains, grain);
        Assert.Equal(1, Terms(await next.Ask(new(1, 1, 0, TimeSpan.Zero))).Granted.Concurrent);
    }

    // The connection dies in the middle of a commit: what this activation holds in memory may be wrong, and what it has handed
    // out may be in use. The next one knows only the mark.
    [Fact]
    public async Task Activation_Lost_NextOneChargesWhatWasDebitedAndWaitsForWhatMayRun()
    {
        var timings = AdmissionTimings.Default;
        var (grain, id) = await Active(new() { Executions = 100, Concurrent = 2 });
        var holder = new TestHolder(cluster.Grains, grain);
        var granted = Terms(await holder.Ask(new(20, 1, 0, TimeSpan.Zero))).Granted.Executions;
        var before = (await cluster.Store.Sessions.ReadAsync(id, default))!.Grant!;
        cluster.Store.Sessions.FailNextSave(id, StoreFault.LosesAndFails);
        await Assert.ThrowsAsync<SessionException>(() => grain.Renew(Renew(TimeSpan.FromMinutes(1))).AsTask());

        var next = new TestHolder(cluster.Grains, grain);
        var terms = Terms(await next.Ask(new(1, 1, 0, TimeSpan.Zero)));

        Assert.True(terms.Epoch > before.Epoch);
        Assert.Equal(1, terms.Granted.Executions);
        Assert.Equal((0, "concurrent"), (terms.Granted.Concurrent, terms.Shortage?.Dimension));
        var usage = (await grain.Get(0)).Done().Usage;
        Assert.Equal((0, before.Executions, 0), (usage.Executions, usage.Forfeited, usage.Abandoned));
        Assert.InRange(usage.Forfeited, granted, 100);

        // Nor can the session be paused before the old holder cannot admit any more, who may be out of everybody's reach.
        var pausing = grain.Pause(Pause()).AsTask();
        await PassWhileItWaits(pausing, timings.Takeover);
        (await pausing.WaitAsync(Patience)).Done();
        (await grain.Resume(Resume())).Done();

        // Of its two places the old holder may fill as long as it looks for a node what it had begun.
        cluster.Clock.Advance(timings.RunGrace);
        Assert.Equal(1, Terms(await next.Ask(new(1, 1, 0, TimeSpan.Zero))).Granted.Concurrent);
    }

    [Fact]
    public async Task Activation_Lost_HolderComesBack_ItsPlacesAndTotalsAreTakenOverExactly()
    {
        var (grain, id) = await Active(new() { Executions = 100, Concurrent = 2 });
        var holder = new TestHolder(cluster.Grains, grain);
        Terms(await holder.Ask(new(20, 2, 0, TimeSpan.Zero, 2)));
        Assert.True(holder.TryAdmit());
        cluster.Store.Sessions.FailNextSave(id, StoreFault.LosesAndFails);
        await Assert.ThrowsAsync<SessionException>(() => grain.Renew(Renew(TimeSpan.FromMinutes(1))).AsTask());

        // The first question only tells the holder who asks now: what it says may be older than what others granted it.
        Assert.Equal(SessionErrorCode.Unavailable, (await holder.Ask(new(1, 2, 0, TimeSpan.Zero))).Refusal?.Code);
        var terms = Terms(await holder.Ask(new(1, 2, 0, TimeSpan.Zero, 1)));

        var usage = (await grain.Get(0)).Done().Usage;
        Assert.Equal((1, 0, 0), (usage.Executions, usage.Forfeited, usage.Abandoned));
        Assert.Equal(holder.Epoch, terms.Epoch);
        Assert.True(terms.Granted.Executions > 1);
        holder.End();
        Assert.Null(await holder.GiveBack());
        usage = (await grain.Get(0)).Done().Usage;
        Assert.Equal((1, 1, 0, 0), (usage.Executions, usage.Succeeded, usage.Forfeited, usage.Abandoned));
    }

    // Its holder says it only until it is told that it was heard.
    [Fact]
    public async Task LastReport_IsAcknowledged_IsInTheStore()
    {
        var (grain, id) = await Active(new() { Executions = 100 });
        var holder = new TestHolder(cluster.Grains, grain);
        Terms(await holder.Ask(new(20, 1, 0, TimeSpan.Zero, 1)));
        Assert.True(holder.TryAdmit());
        holder.End();

        Assert.Null(await holder.GiveBack());

        Assert.Equal(1, (await cluster.Store.Sessions.ReadAsync(id, default))!.Usage.Succeeded);
    }

    [Fact]
    public async Task RefusalForALimit_WhileAHolderIsSilent_IsNoneUntilItsLeaseIsOver()
    {
        var timings = AdmissionTimings.Default;
        var (grain, _) = await Active(new() { Concurrent = 2 });
        var silent = new TestHolder(cluster.Grains, grain) { Silence = new TaskCompletionSource().Task };
        Terms(await silent.Ask(new(2, 2, 0, TimeSpan.Zero, 2)));
        Assert.True(silent.TryAdmit());
        var other = new TestHolder(cluster.Grains, grain);

        var asking = other.Ask(new(1, 1, 0, TimeSpan.Zero, 1));
        await PassWhileItWaits(asking, IdlePatience);
        Assert.Equal(SessionErrorCode.Unavailable, Terms(await asking.WaitAsync(Patience)).Shortage?.Code);

        // The execution that runs keeps its place, and the other place may have been filled just before the end of the lease.
        cluster.Clock.Advance(timings.Lease + timings.Margin);
        Assert.Equal(SessionErrorCode.Unavailable, Terms(await other.Ask(new(1, 1, 0, TimeSpan.Zero, 1))).Shortage?.Code);
        cluster.Clock.Advance(timings.RunGrace);
        Assert.Equal(1, Terms(await other.Ask(new(1, 1, 0, TimeSpan.Zero, 1))).Granted.Concurrent);
    }

    [Fact]
    public async Task RightToGrant_NotConfirmedForTooLong_GrantsNothing()
    {
        var (grain, id) = await Active(new() { Executions = 100 });
        var holder = new TestHolder(cluster.Grains, grain);
        await holder.Ask(new(5, 1, 0, TimeSpan.Zero));
        await cluster.Store.Inner.Sessions.TakeOver(id);
        cluster.Clock.Advance(AdmissionTimings.Default.Right);

        var reply = await holder.Ask(new(5, 1, 0, TimeSpan.Zero));

        // It looks, finds the other's mark, and takes over in its turn; what was made of the lease since, its holder has to say anew.
        Assert.Equal((SessionErrorCode.Unavailable, true), (reply.Refusal?.Code, reply.Epoch > 0));
    }

    /// <summary>Has a command wait for a holder that is silent until the session's time is up.</summary>
    private async Task<(SessionId Id, Task<SessionReply> Reply)> FenceBeyondTheEnd(Func<ISessionGrain, ValueTask<SessionReply>> command)
    {
        var (id, grain, holder) = await HeldNearItsEnd();
        holder.Silence = new TaskCompletionSource().Task;
        var reply = command(grain).AsTask();
        await PassWhileItWaits(reply, AdmissionTimings.Default.Lease + AdmissionTimings.Default.Margin);
        return (id, reply.WaitAsync(Patience));
    }

    /// <summary>Moves the clock to the moment until which a call waits, once it does; before that it is not answered.</summary>
    private async Task PassWhileItWaits(Task call, TimeSpan duration)
    {
        var until = cluster.Clock.GetUtcNow() + duration;
        await Eventually.Holds(() => cluster.Clock.IsAwaited(until) || call.IsCompleted, $"the grain waits for {duration}");
        Assert.False(call.IsCompleted);
        cluster.Clock.Advance(duration);
    }

    /// <summary>A session with a second left and a lease out, so that no sweep ends it but through its grain.</summary>
    private async Task<(SessionId Id, ISessionGrain Grain, TestHolder Holder)> HeldNearItsEnd()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        await grain.Create(Create(Specification(overrides: new() { MaxDuration = TimeSpan.FromMinutes(1), Quotas = new() { Executions = 100 } })));
        var end = (await grain.Activate(Activate())).Done().ExpiresAt!.Value;
        var holder = new TestHolder(cluster.Grains, grain);
        cluster.Clock.Advance(end - cluster.Clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        Terms(await holder.Ask(new(20, 1, 0, TimeSpan.Zero)));
        return (id, grain, holder);
    }

    private static ExecutionSettlement Settle(ExecutionRequest request, ExecutionOutcome outcome) =>
        new() { Execution = request.Execution, Holder = request.Holder, Outcome = outcome, Duration = TimeSpan.FromSeconds(1) };

    private static LeaseTerms Terms(LeaseReply reply)
    {
        Assert.Null(reply.Refusal);
        return Assert.IsType<LeaseTerms>(reply.Terms);
    }

    private async Task<(ISessionGrain Grain, SessionId Id)> Active(SessionQuotas quotas, string[]? functions = null, TimeSpan? idle = null)
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        (await grain.Create(Create(Specification(overrides: new()
        {
            Quotas = quotas,
            FunctionPatterns = functions is null ? null : [.. functions],
            IdleTimeout = idle,
        })))).Done();
        (await grain.Activate(Activate())).Done();
        return (grain, id);
    }
}
