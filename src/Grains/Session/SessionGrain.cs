using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.Grains.Provisioning;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Session;

/// <summary>
/// One session: loads, lets time have its due, decides, commits, makes visible, publishes. The rules are in
/// <see cref="SessionRules"/>; what is here is only the order of doing.
/// </summary>
[GrainType("session")]
internal sealed partial class SessionGrain(SiloServices silo, ILogger<SessionGrain> logger)
    : Grain, ISessionGrain, ISessionGrainControl, ISessionFamilyGrain, ISessionFamilyControl, ISessionRow
{
    private const int MaxAttempts = 6;
    private const int MaxPage = 1000;

    // Instead of null, which takes as much room again: an activation that only waits for callers is to be small.
    private const long Never = long.MinValue;

    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestLook = TimeSpan.FromDays(1);
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    // What is committed, and so may be shown.
    private SessionRecord? record;
    private SessionId id;
    private TaskCompletionSource? changed;
    private ProvisioningRun? run;
    private SessionAdmission? admission;

    // When the record was read or made: who else may have granted did so before.
    private long knownSince;
    private IGrainTimer? admissionTimer;
    private Task passing = Task.CompletedTask;
    private SessionPermissions? policy;

    SessionId ISessionRow.Id => id;

    SessionRecord? ISessionRow.Record => record;

    public CommitGate Gate { get; } = new();

    // What the configuration of the namespace permits does not change while the silo runs; what its policies do is in the record.
    SessionPermissions ISessionRow.Policy => record is null
        ? SessionPermissions.None
        : EffectiveTerms.PolicyPermissions(record)
            & (policy ??= silo.Options.CeilingOf(record.Namespace).Permissions ?? SessionPermissions.All);

    // Made for the first who admits: what it keeps account of is more than all else that a session takes, and many are only kept.
    private SessionAdmission Admission => admission ?? MakeAdmission();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // An id is read in any case, and a key in another case would be a second activation of the same session.
        if (!SessionId.TryParse(this.GetPrimaryKeyString(), null, out id) || id.ToString() != this.GetPrimaryKeyString())
        {
            throw new SessionException(SessionError.InvalidConfiguration(null, [new("id", "is not the id of a session in lower case")]));
        }

        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        isLeaving = true;
        run?.Abandon();
        SignalChange();
        if (admission is not null)
        {
            await admission.LetGo(cancellationToken);
        }
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

    public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion) =>
        IsReady(seenVersion) ? Admission.Authorize(request) : AuthorizeSlowly(request, seenVersion);

    public async ValueTask<LeaseReply> Lease(LeaseRequest request)
    {
        if (await MakeReady(request?.SeenVersion ?? 0) is { } refusal)
        {
            return new LeaseReply { Refusal = refusal };
        }

        var reply = await Admission.Lease(request!);
        LookAfterAdmission();
        return reply;
    }

    public async ValueTask<SessionError?> Report(LeaseReport report)
    {
        var refusal = await MakeReady(0) ?? await Admission.Report(report);
        LookAfterAdmission();
        return refusal;
    }

    public async ValueTask<ExecutionReply> Begin(ExecutionRequest request)
    {
        if ((await MakeReady(request?.SeenVersion ?? 0) ?? Unbound) is { } refusal)
        {
            return new ExecutionReply { Decision = Refused(refusal) };
        }

        var reply = await Admission.Begin(request!);
        LookAfterAdmission();
        return reply;
    }

    public async ValueTask<ExecutionReply> Extend(ExecutionRequest request)
    {
        if ((await MakeReady(request?.SeenVersion ?? 0) ?? Unbound) is { } refusal)
        {
            return new ExecutionReply { Decision = Refused(refusal) };
        }

        var reply = await Admission.Extend(request!);
        LookAfterAdmission();
        return reply;
    }

    public async ValueTask<SessionError?> Settle(ExecutionSettlement settlement)
    {
        var refusal = await MakeReady(0) ?? await Admission.Settle(settlement);
        LookAfterAdmission();
        return refusal;
    }

    public async ValueTask<ExecutionPage> GetExecutions(long afterSequence, int limit)
    {
        if (limit is < 1 or > MaxPage || afterSequence < 0)
        {
            return new ExecutionPage
            {
                Refusal = SessionError.InvalidConfiguration(id, [new("limit", $"is {limit}, not between 1 and {MaxPage}, or afterSequence is negative")]),
            };
        }

        await Prove();
        if (record is null)
        {
            return new ExecutionPage { Refusal = Refusals.NotFound(id) };
        }

        // What holders have reported and no commit has written yet is to be found too.
        if (admission is not null)
        {
            using var turn = await Gate.EnterAsync();
            await admission.Checkpoint();
        }

        return new ExecutionPage { Executions = await silo.Store.ReadExecutionsAsync(id, afterSequence, limit, CancellationToken.None) };
    }

    public async ValueTask<SessionReply> Get(long seenVersion)
    {
        await MakeCurrent(seenVersion, patient: true);
        return FindBehind(seenVersion) is { } behind ? new SessionReply { Refusal = behind } : Answer(Version);
    }

    public async ValueTask<SessionReply> WaitForChange(long version, TimeSpan patience)
    {
        var limit = patience < MaxPatience ? patience : MaxPatience;
        await Prove();
        if (Version <= version && limit > TimeSpan.Zero)
        {
            await AwaitChange(limit, silo.Time);

            // What was proven before the wait is not proven after it.
            await Prove();
        }

        return Answer(Version);
    }

    public async ValueTask HandOver()
    {
        if (admission is not null)
        {
            await admission.LetGo(CancellationToken.None);
        }
    }

    public async ValueTask Wake()
    {
        // Otherwise an activation that holds an older state would find nothing due, whenever it is woken.
        await MakeCurrent(0, patient: false);
        Continue();
        await DropOldData();
    }

    public async ValueTask EndProvisioning(SessionStatus stage, string? failure)
    {
        if (run?.Stage == stage)
        {
            run = null;
        }

        // Without a change the stage goes on: a teardown failed. The sweep begins it again, at its own pace; done here, a
        // provisioner that fails at once would be called as fast as the silo can.
        await Advance(current => current is null ? Decision.None : SessionRules.EndProvisioning(current, stage, failure, silo.Time.GetUtcNow()));
    }

    async ValueTask<bool> ISessionRow.TryCommit(SessionRecord next) => await TryCommit(next, []) == SaveOutcome.Saved;

    ValueTask ISessionRow.Reload() => Reload();

    ValueTask ISessionRow.ReloadIfInDoubt() => ReloadIfInDoubt();

    private long Version => record?.Version ?? 0;

    /// <param name="command">What to do.</param>
    /// <param name="isInTurn">Whether the session has waited for its place, and nobody need be asked whether others do.</param>
    private async ValueTask<SessionReply> Execute(SessionCommand command, bool isInTurn = false)
    {
        if (IsUnread && await MakeUnread(command) is { } made)
        {
            return made;
        }

        await LetTimePass();
        if (admission is not null)
        {
            await admission.AskIfIdle();
        }

        var (gathered, missing) = await GatherFacts(command);
        missing ??= isInTurn ? null : await AskEarly(command);
        var isLate = false;
        FoundAnswer? found = null;
        Decision Decide(SessionRecord? current)
        {
            var facts = gathered with { Now = silo.Time.GetUtcNow(), Outstanding = admission?.Outstanding ?? default, Found = found };

            // Later than the instant that is judged by, so that none is left between the two. A close wants what time would do, and wins.
            isLate = command is not CloseSession && IsTimeUp(current);
            if (isLate)
            {
                return Decision.None;
            }

            var decided = SessionRules.Decide(id, current, command, facts);

            // A template that is missing matters only where the rules would have used it; a malformed command or a replayed
            // answer does not.
            return missing is not null && decided.Next is not null ? Decision.Refuse(missing) : decided;
        }

        async ValueTask FindAnswer() =>
            found = new FoundAnswer(record!.History!.Kept, await silo.Store.ReadAnswerAsync(id, command.CommandId, CancellationToken.None));

        var decision = await Advance(Decide, FindAnswer, command.SeenVersion);
        while (isLate)
        {
            // Time was up while the command waited for its turn: a session would be renewed after its end.
            await LetTimePassNow();
            decision = await Advance(Decide, FindAnswer, command.SeenVersion);
        }

        if (decision.Refusal is { } refusal)
        {
            silo.Instruments.OnRefused(command.Verb, refusal.Code);
            return new SessionReply { Refusal = refusal };
        }

        if (decision.ReplayOf is { } version)
        {
            silo.Instruments.OnReplayed(command.Verb);
            return Answer(version) with { Replayed = true };
        }

        return AnswerCommitted(command, decision);
    }

    private SessionReply AnswerCommitted(SessionCommand command, Decision decision)
    {
        silo.Instruments.OnCommitted(command.Verb, decision.Next!.Status);
        return Answer(decision.Next.Version);
    }

    /// <summary>
    /// Decides upon the session as it stands with its usage, waits for the fence where the change narrows what holders may do,
    /// decides again, and commits. A lost race is decided again too, and so is a refusal of a state that turns out to be over.
    /// </summary>
    /// <param name="decide">Decides.</param>
    /// <param name="findAnswer">Looks beside the record for the answer to a command, where that may be; null where nothing is commanded.</param>
    /// <param name="seenVersion">The highest version that the caller has seen; what is refused or replayed is never decided upon an older one.</param>
    /// <returns>What was decided; a change is committed.</returns>
    private async ValueTask<Decision> Advance(
        Func<SessionRecord?, Decision> decide, Func<ValueTask>? findAnswer = null, long seenVersion = 0)
    {
        IDisposable? hold = null;
        RecallReason? recalled = null;
        try
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                Decision decision;
                SessionRecord? decidedUpon;
                using (await Gate.EnterAsync())
                {
                    await ReloadIfInDoubt();
                    decidedUpon = record;
                    decision = decide(WithData(Live(giveBack: true)));
                    if (decision.NeedsAnswer)
                    {
                        // In the turn: outside of it more answers could leave the record meanwhile.
                        await findAnswer!();
                        decision = decide(WithData(Live(giveBack: true)));
                    }

                    if (decision.Next is not null
                        && (record is null || !GrantRules.NeedsFence(record, decision.Next) || (IsRecalledFor(decision.Next, recalled) && Admission.IsFenced)))
                    {
                        var outcome = await TryCommit(decision.Next, decision.Events, decision.TakesBack);
                        if (outcome == SaveOutcome.Saved)
                        {
                            Continue();
                            return decision;
                        }

                        if (outcome.Limit is not { } full)
                        {
                            continue;
                        }

                        decision = Decision.Refuse(Refusals.TooManyLive(record!, full, silo.Options.RetryAfter));
                    }
                }

                if (decision.Next is null)
                {
                    // A change is fenced by the store. What is only answered has to be proven, outside of the turn: the store may be slow.
                    if (!decision.IsAnswer || (IsProven && Version >= seenVersion))
                    {
                        return decision;
                    }

                    await Prove(seenVersion);
                    if (FindBehind(seenVersion) is { } behind)
                    {
                        return Decision.Refuse(behind);
                    }

                    if (ReferenceEquals(decidedUpon, record))
                    {
                        return decision;
                    }

                    continue;
                }

                hold ??= Admission.Hold();
                recalled = Narrowing.RecallFor(decision.Next);
                await Admission.Fence(recalled.Value, decision.Next.EndReason == EndReason.Idle ? () => !IsIdle() : null);
            }
        }
        finally
        {
            hold?.Dispose();
        }

        throw new SessionException(Refusals.Unavailable(
            id, "Other activations kept changing the session; try again.", silo.Options.RetryAfter));
    }

    /// <summary>Whether the fence was for this change too: one that let end what runs was not for a change that stops the session.</summary>
    private static bool IsRecalledFor(SessionRecord next, RecallReason? recalled) =>
        recalled == RecallReason.Stopped || recalled == Narrowing.RecallFor(next);

    /// <summary>Whether the session has been idle for too long, by what its holders have reported.</summary>
    private bool IsIdle() => Live() is { } live && SessionClock.WhyOver(live, silo.Time.GetUtcNow()) == EndReason.Idle;

    /// <summary>Lets deadlines, expiry and idleness have their due before anything is decided or shown.</summary>
    /// <param name="patient">Whether to wait for a fence; otherwise what follows upon it is done behind the caller's back.</param>
    private async ValueTask LetTimePass(bool patient = true)
    {
        if (inDoubt)
        {
            using var turn = await Gate.EnterAsync();
            await ReloadIfInDoubt();
        }

        if (record is not null && RetentionRules.GoneAt(record, silo.Options.Retention) <= silo.Time.GetUtcNow())
        {
            // The sweep deletes it without this activation, which would show it for as long as it is asked.
            using var turn = await Gate.EnterAsync();
            await Reload();
            return;
        }

        await KeepToPolicy(patient);
        if (!IsTimeUp(record))
        {
            return;
        }

        if (!patient && Live() is { } live
            && SessionRules.LetTimePass(live, FactsNow(live.Namespace)).Next is { } next
            && GrantRules.NeedsFence(live, next) && !Admission.IsFenced)
        {
            if (passing.IsCompleted)
            {
                passing = LetTimePassNow();
            }

            passing.Ignore();
            return;
        }

        await LetTimePassNow();
    }

    private async Task LetTimePassNow()
    {
        await Advance(current => current is null ? Decision.None : SessionRules.LetTimePass(current, FactsNow(current.Namespace)));
        if (admission is not null && IsTimeUp(record))
        {
            // Holders have reported activity since the last commit: the index of what is due has to learn of it.
            using var turn = await Gate.EnterAsync();
            await admission.Checkpoint();
        }
    }

    /// <summary>
    /// Waits for a change, and no longer than until time moves the session: the sweep may end it without this activation, which would never
    /// hear of it.
    /// </summary>
    /// <param name="patience">How long at most.</param>
    /// <param name="clock">By which clock that is measured.</param>
    private async ValueTask AwaitChange(TimeSpan patience, TimeProvider clock)
    {
        var signal = (changed ??= NewSignal()).Task;
        await LookIfDue();
        if (signal.IsCompleted || inDoubt)
        {
            return;
        }

        using var over = new CancellationTokenSource();
        var now = silo.Time.GetUtcNow();
        var moved = record is not null && SessionClock.NextLimit(record, now) is { } limit && limit - now < LongestLook
            ? Task.Delay(limit - now, silo.Time, over.Token)
            : Task.Delay(Timeout.InfiniteTimeSpan, silo.Time, over.Token);
        await Task.WhenAny(signal, moved, Task.Delay(patience, clock, over.Token));
        await over.CancelAsync();
        if (!signal.IsCompleted)
        {
            await LookIfDue();
        }
    }

    private async ValueTask LookIfDue()
    {
        if (!inDoubt && record is not null && SessionRules.IsDue(record, silo.Time.GetUtcNow()))
        {
            await LetTimePass(patient: false);
        }
    }

    private bool IsTimeUp(SessionRecord? session) =>
        session is not null
        && MayBeUp(session, silo.Time.GetUtcNow())
        && SessionRules.LetTimePass(session, FactsNow(session.Namespace)).Next is not null;

    /// <summary>Asked first, because every call asks, and gathering facts costs more than these.</summary>
    private static bool MayBeUp(SessionRecord session, DateTimeOffset now) =>
        SessionRules.IsDue(session, now) || SessionClock.WhyOver(session, now) is not null;

    /// <summary>Whether an admission has nothing to wait for.</summary>
    private bool IsReady(long seenVersion) =>
        record is not null && IsProven && Version >= seenVersion && IsBound && !SessionRules.IsDue(record, silo.Time.GetUtcNow());

    /// <summary>Makes sure that what is judged is proven to be current, and not older than what the caller has seen; null, or why not.</summary>
    private async ValueTask<SessionError?> MakeReady(long seenVersion)
    {
        if (IsReady(seenVersion))
        {
            return null;
        }

        await MakeCurrent(seenVersion, patient: false);
        return FindBehind(seenVersion) ?? (record is null ? Refusals.NotFound(id) : null);
    }

    private async ValueTask<AdmissionDecision> AuthorizeSlowly(AdmissionRequest request, long seenVersion) =>
        (await MakeReady(seenVersion) ?? Unbound) is { } refusal ? Refused(refusal) : await Admission.Authorize(request);

    private AdmissionDecision Refused(SessionError refusal) => new()
    {
        SessionId = id,
        Version = Version,
        Status = record?.Status ?? default,
        RefusedAt = AdmissionStep.Status,
        Refusal = refusal,
    };

    /// <summary>While something is granted, usage has to be committed and what has run out be charged, whoever calls.</summary>
    private void LookAfterAdmission()
    {
        if (admissionTimer is null && Admission.IsGranting)
        {
            admissionTimer = this.RegisterGrainTimer(
                static (grain, _) => grain.TickAdmission(),
                this,
                new GrainTimerCreationOptions(TickPeriod, TickPeriod) { Interleave = true });
        }
    }

    private async Task TickAdmission()
    {
        await KeepToPolicy(patient: false);
        await Admission.Tick();
        if (!Admission.IsGranting)
        {
            admissionTimer?.Dispose();
            admissionTimer = null;
        }
    }

    private ValueTask<(DecisionFacts Facts, SessionError? Missing)> GatherFacts(SessionCommand command)
    {
        var needsPolicy = NeedsPolicy(command);
        return command switch
        {
            OpenChildSession { Specification: { Namespace.IsDefault: false } specification } =>
                GatherFacts(specification, specification.Namespace, needsPolicy),
            OpenChildSession open => GatherFacts(open.Specification, record?.Namespace ?? default, needsPolicy),
            RequestSession { Specification: { } specification } when record is null =>
                GatherFacts(specification, specification.Namespace, needsPolicy),
            CreateSession { Specification: { } specification } when record is null =>
                GatherFacts(specification, specification.Namespace, needsPolicy),
            _ => GatherFacts(null, record?.Namespace ?? default, needsPolicy),
        };
    }

    /// <param name="specification">What is to be made; null if nothing is.</param>
    /// <param name="within">Where it is to be made, or where the session is.</param>
    /// <param name="needsPolicy">Whether nothing may come of it while policies are not known.</param>
    private async ValueTask<(DecisionFacts Facts, SessionError? Missing)> GatherFacts(
        SessionSpecification? specification, SessionNamespace within, bool needsPolicy)
    {
        var facts = FactsNow(within);
        if (facts.Policy is null && needsPolicy)
        {
            return (facts, PolicyUnknown());
        }

        if (specification?.Template is not { IsValid: true } wanted)
        {
            return (facts with { ProvisionerKnown = IsKnown(record?.Provisioner) }, null);
        }

        var reply = await GrainFactory.GetTemplate(wanted).Get(wanted.Version);
        return reply.Template is { } template
            ? (facts with { Template = template, ProvisionerKnown = IsKnown(template.Definition.Provisioner) }, null)
            : (facts, reply.Refusal! with { SessionId = id });
    }

    private bool IsKnown(string? provisioner) => provisioner is null || silo.Provisioners.Has(provisioner);

    private DecisionFacts FactsNow(SessionNamespace @namespace)
    {
        var policy = record is not null && record.Namespace == @namespace ? Policy(record) : silo.Policies.Of(@namespace);
        var ceiling = silo.Options.CeilingOf(@namespace);
        return new()
        {
            Now = silo.Time.GetUtcNow(),
            NamespaceCeiling = policy is null ? ceiling : ceiling.Intersect(policy.Ceiling),
            Policy = policy,
            Timings = silo.Options.Timings,
        };
    }

    private void Continue()
    {
        ContinueProvisioning();
        ContinueFamily();
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
        var self = GrainFactory.GetGrain<ISessionGrainControl>(id.ToString());
        var previous = run;
        previous?.Abandon();
        run = ProvisioningRun.Start(
            record, silo.Provisioners, silo.Time, failure => self.EndProvisioning(stage, failure).AsTask(), previous?.Completion ?? Task.CompletedTask);

        // An activation that is collected would abandon the work, and a silo would have to find and resume it.
        DelayDeactivation(record.Deadline!.Value - silo.Time.GetUtcNow());
    }

    /// <summary>Makes what was granted fit the record that was read.</summary>
    private void OnRead()
    {
        desk?.OnRead();
        boundAt = Never;
        FindBinding();
        knownSince = silo.Time.GetTimestamp();
        admission?.OnRead(knownSince);
    }

    private SessionAdmission MakeAdmission()
    {
        admission = new(this, silo.Options.AdmissionTimings, silo.Time, silo.Keeper, silo.Store, silo.Instruments, logger);
        admission.OnRead(knownSince);
        return admission;
    }

    /// <inheritdoc cref="SessionAdmission.Live"/>
    private SessionRecord? Live(bool giveBack = false) => admission is null ? record : admission.Live(giveBack);

    /// <inheritdoc cref="SessionAdmission.Shown"/>
    private SessionRecord? Shown() => record?.Grant is null && admission is null ? record : Admission.Shown;

    private SessionReply Answer(long version) => record is null
        ? new SessionReply { Refusal = Refusals.NotFound(id) }
        : new SessionReply { Snapshot = WithData(Shown())!.ToSnapshot(), Version = version };

    private void SignalChange()
    {
        var signal = changed;
        changed = null;
        signal?.TrySetResult();
    }

    // Continuations must not run inside the commit that signals them.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
