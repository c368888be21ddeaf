using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Storage;
using Sessions.Core;
using Sessions.Diagnostics;
using Sessions.Hosting;
using Sessions.Provisioning;
using Sessions.Storage;

namespace Sessions.Grains;

/// <summary>
/// One session: loads, lets time have its due, decides, commits, makes visible, publishes. The rules are in
/// <see cref="SessionRules"/>; what is here is only the order of doing.
/// </summary>
[GrainType("session")]
internal sealed partial class SessionGrain(
    [PersistentState("sessions.session", SessionGrainStorage.ProviderName)] IPersistentState<SessionDocument> state,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    ProvisionerRegistry provisioners,
    LifecyclePublisher publisher,
    SessionsInstruments instruments,
    ILogger<SessionGrain> logger) : Grain, ISessionGrain, ISessionGrainControl
{
    private const int MaxAttempts = 4;
    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(20);

    // What is committed, and so may be shown. The persistent state runs ahead of it during a write.
    private SessionRecord? record;
    private SessionId id;
    private bool inDoubt;
    private TaskCompletionSource changed = NewSignal();
    private ProvisioningRun? run;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        id = SessionId.Parse(this.GetPrimaryKeyString());
        record = state.State.Record;

        // Not a failed activation: the first call looks again, and hears of it in words that it can read.
        inDoubt = state.State.Unread is not null;
        ContinueProvisioning();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        run?.Abandon();
        SignalChange();
        return Task.CompletedTask;
    }

    public ValueTask<SessionReply> Request(RequestSession command) => Execute(command);

    public ValueTask<SessionReply> Create(CreateSession command) => Execute(command);

    public ValueTask<SessionReply> Cancel(CancelSession command) => Execute(command);

    public ValueTask<SessionReply> Activate(ActivateSession command) => Execute(command);

    public ValueTask<SessionReply> Pause(PauseSession command) => Execute(command);

    public ValueTask<SessionReply> Resume(ResumeSession command) => Execute(command);

    public ValueTask<SessionReply> Renew(RenewSession command) => Execute(command);

    public ValueTask<SessionReply> Close(CloseSession command) => Execute(command);

    public ValueTask<SessionReply> Adjust(AdjustSession command) => Execute(command);

    public ValueTask<SessionReply> Charge(ChargeSession command) => Execute(command);

    public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion) => throw new NotImplementedException();

    public ValueTask<LeaseReply> Lease(LeaseRequest request) => throw new NotImplementedException();

    public ValueTask<SessionError?> Report(LeaseReport report) => throw new NotImplementedException();

    public ValueTask<ExecutionReply> Begin(ExecutionRequest request) => throw new NotImplementedException();

    public ValueTask<ExecutionReply> Extend(ExecutionRequest request) => throw new NotImplementedException();

    public ValueTask<SessionError?> Settle(ExecutionSettlement settlement) => throw new NotImplementedException();

    public ValueTask<ExecutionPage> GetExecutions(long afterSequence, int limit) => throw new NotImplementedException();

    public async ValueTask<SessionReply> Get(long seenVersion)
    {
        await LetTimePass();
        if (Version < seenVersion)
        {
            // Another activation has committed since this one read: without this look a caller who paused the session could
            // be shown it active.
            await Reload();
        }

        return Version < seenVersion
            ? new SessionReply { Refusal = Refusals.Unavailable(id, $"Version {seenVersion} cannot be shown yet.", options.Value.RetryAfter) }
            : Answer(Version);
    }

    public async ValueTask<SessionReply> WaitForChange(long version, TimeSpan patience)
    {
        var limit = patience < MaxPatience ? patience : MaxPatience;
        if (Version <= version && limit > TimeSpan.Zero && !inDoubt)
        {
            await changed.Task.WaitAsync(limit, time).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        // No look into the store from here: this call interleaves with others, which may be in the middle of a change.
        return inDoubt
            ? new SessionReply { Refusal = Refusals.Unavailable(id, "The session is being read again.", options.Value.RetryAfter) }
            : Answer(Version);
    }

    public async ValueTask Wake()
    {
        await LetTimePass();
        ContinueProvisioning();
    }

    public async ValueTask EndProvisioning(SessionStatus stage, string? failure)
    {
        if (run?.Stage == stage)
        {
            run = null;
        }

        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            await ReloadIfInDoubt();

            // Without a change the stage goes on: a teardown failed. The sweep begins it again, at its own pace; done here, a
            // provisioner that fails at once would be called as fast as the silo can.
            if (record is null
                || SessionRules.EndProvisioning(record, stage, failure, time.GetUtcNow()) is not { Next: not null } decision
                || await TryCommit(decision))
            {
                return;
            }
        }
    }

    private long Version => record?.Version ?? 0;

    private async ValueTask<SessionReply> Execute(SessionCommand command)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            await LetTimePass();
            var (facts, missing) = await GatherFacts(command);
            var decision = SessionRules.Decide(id, record, command, facts);

            // A template that is missing matters only where the rules would have used it; a malformed command or a replayed
            // answer does not.
            if (missing is not null && decision.Next is not null)
            {
                return Refuse(command, missing);
            }

            if (decision.Refusal is { } refusal)
            {
                return Refuse(command, refusal);
            }

            if (decision.ReplayOf is { } version)
            {
                instruments.OnReplayed(command.Verb);
                return Answer(version) with { Replayed = true };
            }

            if (await TryCommit(decision))
            {
                instruments.OnCommitted(command.Verb, decision.Next!.Status);
                ContinueProvisioning();
                return Answer(Version);
            }
        }

        throw new SessionException(Refusals.Unavailable(
            id, "Other activations kept changing the session; try again.", options.Value.RetryAfter));
    }

    private async ValueTask LetTimePass()
    {
        await ReloadIfInDoubt();
        for (var attempt = 0; attempt < MaxAttempts && record is not null; attempt++)
        {
            var decision = SessionRules.LetTimePass(record, FactsNow(record.Namespace));
            if (decision.Next is null)
            {
                return;
            }

            if (await TryCommit(decision))
            {
                ContinueProvisioning();
                return;
            }
        }
    }

    private async ValueTask<(DecisionFacts Facts, SessionError? Missing)> GatherFacts(SessionCommand command)
    {
        var specification = record is not null ? null : command switch
        {
            RequestSession request => request.Specification,
            CreateSession create => create.Specification,
            _ => null,
        };
        var facts = FactsNow(record?.Namespace ?? specification?.Namespace ?? default);
        if (specification?.Template is not { IsValid: true } wanted)
        {
            return (facts with { ProvisionerKnown = IsKnown(record?.Provisioner) }, null);
        }

        var reply = await GrainFactory.GetTemplate(wanted).Get(wanted.Version);
        return reply.Template is { } template
            ? (facts with { Template = template, ProvisionerKnown = IsKnown(template.Definition.Provisioner) }, null)
            : (facts, reply.Refusal! with { SessionId = id });
    }

    private bool IsKnown(string? provisioner) => provisioner is null || provisioners.Has(provisioner);

    private DecisionFacts FactsNow(SessionNamespace @namespace) => new()
    {
        Now = time.GetUtcNow(),
        NamespaceCeiling = options.Value.CeilingOf(@namespace),
        Timings = options.Value.Timings,
    };

    /// <returns>False if another activation was there before; the record is read anew then, and the rules must decide again.</returns>
    private async ValueTask<bool> TryCommit(Decision decision)
    {
        var before = state.State;
        state.State = new SessionDocument { Record = decision.Next, Events = decision.Events };
        try
        {
            await state.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            LogLostRace(id, decision.Next!.Version);
            await Reload();
            return false;
        }
        catch (Exception exception)
        {
            state.State = before;
            var cause = exception as StoreUnavailableException ?? exception.InnerException as StoreUnavailableException;
            if (cause is null)
            {
                // It may be written or not: whatever this activation would say from here on could be wrong.
                inDoubt = true;
                SignalChange();
                DeactivateOnIdle();
                LogOutcomeUnknown(exception, id, decision.Next!.Version);
                throw new SessionException(Refusals.Unavailable(
                    id, "The outcome is not known; repeat the command under the same command id.", options.Value.RetryAfter));
            }

            LogNotWritten(cause, id, decision.Next!.Version);
            throw new SessionException(Refusals.Unavailable(
                id, "The store cannot be reached; nothing was changed.", options.Value.RetryAfter));
        }

        record = decision.Next;
        SignalChange();
        publisher.Publish(decision.Events);
        return true;
    }

    private ValueTask ReloadIfInDoubt() => inDoubt ? Reload() : ValueTask.CompletedTask;

    private async ValueTask Reload()
    {
        // Should the reading fail, nothing older may be shown either.
        inDoubt = true;
        await state.ReadStateAsync();
        if (state.State.Unread is { } why)
        {
            LogUnread(id, why);
            throw new SessionException(Refusals.Unavailable(id, "The session cannot be read now.", options.Value.RetryAfter));
        }

        record = state.State.Record;
        inDoubt = false;
        SignalChange();
        ContinueProvisioning();
    }

    /// <summary>Makes the provisioner's work fit the committed state: begun where the session waits for it, stopped where not.</summary>
    private void ContinueProvisioning()
    {
        if (record is null || !ProvisioningRun.IsNeeded(record))
        {
            run?.Abandon();
            run = null;
            return;
        }

        if (run?.Stage == record.Status)
        {
            return;
        }

        var stage = record.Status;
        var self = this.AsReference<ISessionGrainControl>();
        var previous = run;
        previous?.Abandon();
        run = ProvisioningRun.Start(
            record, provisioners, time, failure => self.EndProvisioning(stage, failure).AsTask(), previous?.Completion ?? Task.CompletedTask);

        // An activation that is collected would abandon the work, and a silo would have to find and resume it.
        DelayDeactivation(record.Deadline!.Value - time.GetUtcNow());
    }

    private SessionReply Answer(long version) => record is null
        ? new SessionReply { Refusal = Refusals.NotFound(id) }
        : new SessionReply { Snapshot = record.ToSnapshot(), Version = version };

    private SessionReply Refuse(SessionCommand command, SessionError refusal)
    {
        instruments.OnRefused(command.Verb, refusal.Code);
        return new SessionReply { Refusal = refusal };
    }

    private void SignalChange()
    {
        var signal = changed;
        changed = NewSignal();
        signal.TrySetResult();
    }

    // Continuations must not run inside the commit that signals them.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
