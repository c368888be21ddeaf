using Sessions.Core.Admission;
using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>
/// Grants and admits in the order in which the grain's own admission does, line by line; what is granted is decided by the real rules.
/// Whoever changes the order there changes it here.
/// </summary>
internal sealed class SimulatedAdmission(SimulatedActivation owner, Build build)
{
    private const int MaxAttempts = 8;
    private static readonly TimeSpan IdlePatience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RecallPatience = TimeSpan.FromSeconds(30);

    private readonly AdmissionTimings timings = build.Timings;
    private readonly List<Func<Debit>> waiting = [];
    private readonly Signal reported = new(owner);
    private readonly Dictionary<LeaseId, (long SentAt, long Basis)> unanswered = [];
    private AdmissionLedger? ledger;
    private SimulatedRight? right;
    private Round? underWay;
    private Round? coming;
    private long recalledAt = long.MinValue / 2;
    private int holds;
    private long committedAt;

    public bool IsFenced => owner.Record.Grant is null
        || (ledger is not null && Epoch is not null && (build.DoesNotAwaitFence || ledger.IsFenced(owner.Milliseconds)));

    private long? Epoch => right is { IsLost: false } mine ? mine.Epoch : null;

    public SessionRecord Live(bool giveBack = false) => ledger is not null && !GrantRules.IsForeign(owner.Record, Epoch)
        ? ledger.Overlay(owner.Record, owner.Moment, giveBack)
        : owner.Record;

    public void OnRead()
    {
        if (owner.Record.Grant is not null && !GrantRules.IsForeign(owner.Record, Epoch))
        {
            ledger!.Follow(owner.Record);
            return;
        }

        Drop();
        if (owner.Record is { Grant: null } clean && !Lifecycle.IsFinal(clean.Status))
        {
            ledger = AdmissionLedger.From(clean, timings, owner.Milliseconds);
        }
    }

    public void Drop()
    {
        (ledger, right) = (null, null);
        reported.Raise();
    }

    public long BeginCommit(SessionRecord next)
    {
        ledger?.BeginCommit(next);
        return owner.Timestamp;
    }

    public void EndCommit(long sentAt)
    {
        var record = owner.Record;
        committedAt = sentAt;
        if (Lifecycle.IsFinal(record.Status))
        {
            Drop();
            return;
        }

        if (record.Grant is not { } mark)
        {
            right = null;
        }
        else if (right?.Epoch == mark.Epoch)
        {
            right.Note(mark.Epoch, sentAt);
        }
        else if (mark.Epoch == record.Version)
        {
            right = new SimulatedRight(mark.Epoch, sentAt);
        }
        else
        {
            return;
        }

        ledger ??= AdmissionLedger.From(record, timings, owner.Milliseconds);
        ledger.EndCommit(record);
    }

    public async Flow<LeaseReply> Lease(LeaseRequest request)
    {
        var report = request.Report;
        if (await TakeFirst(report) is { } refused)
        {
            return new()
            {
                Refusal = refused,
                Epoch = Epoch ?? 0,
                RunningFor = ledger?.Prolong(report.Lease, owner.Milliseconds) ?? TimeSpan.Zero,
            };
        }

        ledger!.Address(report.Lease, request.Holder);
        var reply = await Grant(report.Lease, request.Demand);
        return reply with
        {
            Basis = ledger?.BasisOf(report.Lease) ?? 0,
            Epoch = Epoch ?? 0,
            RunningFor = reply.Terms is not null
                ? timings.Lease
                : ledger?.Prolong(report.Lease, owner.Milliseconds) ?? TimeSpan.Zero,
        };
    }

    public async Flow<SettledReply> Report(LeaseReport report)
    {
        await TakeOver();
        return new(TakeLast(report) ?? await Keep());
    }

    private async Flow<SessionError?> Keep()
    {
        var mine = ledger;
        if (mine is { IsDirty: true })
        {
            using var turn = await owner.Gate.Enter();
            if (ledger == mine && mine.IsDirty && Epoch is not null)
            {
                await Checkpoint();
            }
        }

        return ledger == mine ? null : Refusals.Moved(owner.Record.Id);
    }

    private SessionError? TakeLast(LeaseReport report)
    {
        if (ledger is null)
        {
            return Refusals.LeaseNotFound(owner.Record.Id, report.Lease);
        }

        var now = owner.Moment;
        var refusal = Take(ledger, report, mayBegin: false);
        if (refusal is null)
        {
            ledger.Forget(report.Lease, now.Milliseconds);
            reported.Raise();
        }

        return refusal;
    }

    public async Flow<ExecutionReply> Begin(ExecutionRequest request)
    {
        await TakeOver();
        ledger?.ExpectSingles();
        var runFor = request.RunFor ?? timings.Lease;
        var inquiry = new Inquiry(default, IdleShare.All);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (ledger?.Find(request.Execution, request.Holder) is { } again && again.Request == request.Admission)
            {
                return Answer(again, owner.Moment);
            }

            if (ledger?.IsUsed(request.Execution) == true)
            {
                return Refuse(Refusals.ExecutionReused(owner.Record.Id, request.Execution));
            }

            if (ledger?.Adopt(request.Execution, request.Holder, request.Admission, elapsed: null, owner.Moment) is not null)
            {
                continue;
            }

            var now = owner.Moment;
            var decision = Decide(request.Admission, ledger is not null && HoldsRight() ? ledger.LeftBesideLeases(now.Milliseconds) : default, now);
            if (!decision.IsAdmitted)
            {
                switch (await Judge(inquiry, decision.RefusedAt))
                {
                    case Verdict.Ask or Verdict.AskSometime:
                        continue;
                    case Verdict.Undecided:
                        return Refuse(Undecided(decision.Refusal!));
                }

                return new() { Decision = decision };
            }

            if (IsHeld)
            {
                return Refuse(BeingStopped());
            }

            if (HoldsRight() && ledger!.MissingForOne(runFor, now.Milliseconds).IsNone)
            {
                if (ledger.Begin(request, runFor, now) is { } single)
                {
                    owner.OnDecided(request.Execution);
                    return Answer(single, now);
                }

                continue;
            }

            await Ensure(() => ledger?.MissingForOne(runFor, owner.Milliseconds) ?? default);
        }

        return Refuse(Contended());
    }

    public async Flow<ExecutionReply> Extend(ExecutionRequest request)
    {
        await TakeOver();
        var runFor = request.RunFor ?? timings.Lease;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var now = owner.Moment;
            ledger?.Lapse(now.Milliseconds);
            if (ledger?.Find(request.Execution, request.Holder) is null && Epoch is { } mine && request.Epoch < mine && request.Epoch > 0)
            {
                return Refuse(Refusals.Moved(owner.Record.Id)) with { Epoch = mine };
            }

            if (FindOrAdopt(request.Execution, request.Holder, request.Admission, request.Elapsed, now) is not { } single)
            {
                return Refuse(Refusals.ExecutionNotFound(owner.Record.Id, request.Execution));
            }

            var decision = Decide(single.Request, ledger!.LeftFor(single, now), now);
            if (!decision.IsAdmitted)
            {
                return new() { Decision = decision };
            }

            if (HoldsRight() && (ledger.MissingForOne(runFor, now.Milliseconds).ComputeTime == TimeSpan.Zero || attempt > 0))
            {
                single.StartsUntil = 0;
                ledger.Extend(single, runFor, now);
                return Answer(single, now);
            }

            await Ensure(() => new(0, ledger?.MissingForOne(runFor, owner.Milliseconds).ComputeTime ?? default));
        }

        return Refuse(Contended());
    }

    public async Flow<SettledReply> Settle(ExecutionSettlement settlement)
    {
        await TakeOver();
        var now = owner.Moment;
        ledger?.Lapse(now.Milliseconds);
        FindOrAdopt(settlement.Execution, settlement.Holder, settlement.Admission, settlement.NeverBegan ? null : settlement.Duration, now);
        var refusal = ledger is null
            ? Refusals.ExecutionNotFound(owner.Record.Id, settlement.Execution)
            : ledger.Settle(owner.Record.Id, settlement, owner.Record.Configuration.Settings, now);
        reported.Raise();
        return new(refusal);
    }

    /// <summary>Calls everything back, and leaves what still runs to the next activation.</summary>
    public async Flow<Nothing> LetGo()
    {
        if (ledger is not null && Epoch is not null && owner.Record.Grant is not null)
        {
            Hold();
            try
            {
                await Signal.WaitFor(owner, Fence(RecallReason.Narrowed), timings.Lease);
                using var turn = await owner.Gate.Enter();
                if (ledger is not null && Epoch is not null)
                {
                    await owner.TryCommit(GrantRules.Release(Live(giveBack: true), owner.Utc));
                }
            }
            finally
            {
                Release();
            }
        }

        Drop();
        return default;
    }

    private SingleExecution? FindOrAdopt(ExecutionId execution, HolderId holder, AdmissionRequest request, TimeSpan? elapsed, in Moment now) =>
        ledger?.Find(execution, holder) ?? ledger?.Adopt(execution, holder, request, elapsed, now);

    private async Flow<Nothing> TakeOver()
    {
        if (GrantRules.IsForeign(owner.Record, Epoch))
        {
            using var turn = await owner.Gate.Enter();
            await owner.ReloadIfInDoubt();
            if (owner.Record is var record && GrantRules.IsForeign(record, Epoch) && !Lifecycle.IsFinal(record.Status))
            {
                await Claim(record, default);
            }
        }

        return default;
    }

    public void Hold() => holds++;

    public void Release() => holds--;

    public async Flow<Nothing> Fence(RecallReason reason)
    {
        await BeginFence(reason);
        var rounds = 0;

        // Without the right there is nothing to wait for: whoever has it now is to be asked, or to be taken over.
        while (!IsFenced && Epoch is not null && ledger is { } mine)
        {
            if (rounds++ > 10_000)
            {
                throw new InvalidOperationException($"{owner.Name} waits for a fence in a circle.");
            }

            await Signal.WaitFor(reported, mine.UntilFenced(owner.Milliseconds));
        }

        return default;
    }

    public async Flow<Nothing> BeginFence(RecallReason reason)
    {
        for (var attempt = 0; attempt < MaxAttempts && owner.Record.Grant is not null && (ledger is null || Epoch is null); attempt++)
        {
            await TakeOver();
        }

        foreach (var account in ledger?.Leases.Where(account => account.IsHeld).ToArray() ?? [])
        {
            _ = Recall(ledger!, account, reason, IdleShare.All);
        }

        return default;
    }

    public async Flow<Nothing> Tick()
    {
        if (ledger is not { } mine || GrantRules.IsForeign(owner.Record, Epoch))
        {
            return default;
        }

        var now = owner.Moment;
        mine.Lapse(now.Milliseconds, owner.Record.Configuration.Settings);
        var idle = owner.Record.Grant is not null && mine.IsIdle(now.Milliseconds);
        if (!idle && (!mine.IsDirty || TimeSpan.FromTicks(owner.Timestamp - committedAt) < timings.Checkpoint))
        {
            return default;
        }

        using var turn = await owner.Gate.Enter();
        if (ledger == mine && Live(giveBack: mine.IsIdle(owner.Milliseconds)) is var live && !Lifecycle.IsFinal(live.Status))
        {
            await owner.TryCommit(GrantRules.Checkpoint(live, default, owner.Utc));
        }

        return default;
    }

    public async Flow<Nothing> Checkpoint()
    {
        if (Live() is var live && !ReferenceEquals(live, owner.Record))
        {
            await owner.TryCommit(GrantRules.Checkpoint(live, default, owner.Utc));
        }

        return default;
    }

    /// <summary>What the keeper of the rights does several times within the age that a look may have.</summary>
    public async Flow<Nothing> KeepRight()
    {
        if (right is { } mine)
        {
            var sentAt = owner.Timestamp;
            var found = await owner.Row.Read(owner);
            mine.Note(found.Grant?.Epoch, sentAt);
        }

        return default;
    }

    private bool IsHeld => holds > 0 && !build.GrantsDuringFence;

    private bool HoldsRight() => right is { } mine
        && owner.Record.Grant?.Epoch == mine.Epoch
        && ledger is not null
        && (build.GrantsWithoutRight || (!mine.IsLost && TimeSpan.FromTicks(owner.Timestamp - mine.LookedAt) < timings.Right));

    private async Flow<SessionError?> TakeFirst(LeaseReport report)
    {
        for (var attempt = 0; ; attempt++)
        {
            var record = owner.Record;
            if (ledger is not null)
            {
                var refusal = Take(ledger, report, mayBegin: record.Status == SessionStatus.Active, Epoch ?? 0);
                reported.Raise();
                return refusal is { Code: SessionErrorCode.LeaseNotFound } && CanLease(record) is { } why ? why : refusal;
            }

            if (Lifecycle.IsFinal(record.Status) && CanLease(record) is { } not)
            {
                return not;
            }

            if (attempt == MaxAttempts)
            {
                return Contended();
            }

            await TakeOver();
        }
    }

    private async Flow<LeaseReply> Grant(LeaseId lease, LeaseDemand demand)
    {
        var inquiry = new Inquiry(lease, demand.Waiting > 0 ? IdleShare.All : IdleShare.Half);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var record = owner.Record;
            if (CanLease(record) is { } refusal)
            {
                return new() { Refusal = refusal };
            }

            if (IsHeld)
            {
                return new() { Refusal = BeingStopped() };
            }

            if (ledger is { } mine && !mine.Knows(lease))
            {
                return new() { Refusal = Refusals.LeaseNotFound(record.Id, lease) };
            }

            if (ledger?.IsSilent(lease) == true)
            {
                return new() { Refusal = Refusals.Moved(record.Id) };
            }

            if (!HoldsRight() || !ledger!.IsListed(lease) || (attempt < 2 && !ledger.Missing(lease, demand).IsNone))
            {
                await Ensure(() => ledger is { } present && present.Knows(lease) ? present.Missing(lease, demand) : default);
                continue;
            }

            var now = owner.Moment;
            var terms = ledger!.Grant(lease, demand, record, SessionPermissions.All, TimeLeft(record, now.Utc), now);
            owner.OnGranted(lease, terms.Granted.Executions);
            switch (await Judge(inquiry, ledger.LackOf(lease, demand)))
            {
                case Verdict.Ask or Verdict.AskSometime:
                    continue;
                case Verdict.Undecided:
                    terms = terms with { Shortage = Undecided(terms.Shortage!) };
                    break;
            }

            return new() { Terms = terms };
        }

        return new() { Refusal = Contended() };
    }

    private async Flow<Nothing> Ensure(Func<Debit> missing)
    {
        waiting.Add(missing);
        try
        {
            using var turn = await owner.Gate.Enter();
            await owner.ReloadIfInDoubt();
            if (right is { IsLost: true } && !build.GrantsWithoutRight)
            {
                await owner.Reload();
            }

            if (IsHeld || owner.Record is not { Status: SessionStatus.Active } record)
            {
                return default;
            }

            if (record.Grant is null || GrantRules.IsForeign(record, Epoch))
            {
                await Claim(record, Sum());
            }
            else if (!HoldsRight())
            {
                await Look();
            }
            else if (!missing().IsNone)
            {
                await owner.TryCommit(GrantRules.Checkpoint(Live(), Sum(), owner.Utc));
            }
        }
        finally
        {
            waiting.Remove(missing);
        }

        return default;
    }

    private Debit Sum() =>
        waiting.Select(one => one()).Aggregate(
            default(Debit), (a, b) => new(a.Executions + b.Executions, a.ComputeTime + b.ComputeTime, a.Lists || b.Lists));

    private async Flow<Nothing> Claim(SessionRecord record, Debit debit)
    {
        var foreign = record.Grant is not null;
        var next = GrantRules.Claim(foreign ? record : Live(), debit, owner.Utc, foreign ? null : ledger);
        if (foreign)
        {
            Drop();
        }

        if (await owner.TryCommit(next) && foreign && !build.DoesNotWaitAfterTakeover)
        {
            ledger!.TakeOver(record.Grant!, next.Grant!, owner.Milliseconds);
        }

        return default;
    }

    private async Flow<Nothing> Look()
    {
        var (mine, sentAt) = (right!, owner.Timestamp);
        var found = await owner.Row.Read(owner);
        mine.Note(found.Grant?.Epoch, sentAt);
        if (mine.IsLost)
        {
            await owner.Reload();
        }

        return default;
    }

    private async Flow<Verdict> Judge(Inquiry inquiry, AdmissionStep? limit)
    {
        var verdict = limit is { } reached && ledger is { } mine ? inquiry.Judge(mine, reached, owner.Milliseconds) : Verdict.Stands;
        if (build.NeverRecallsIdle)
        {
            return Verdict.Stands;
        }

        if (verdict == Verdict.Ask)
        {
            inquiry.Heard(await AskAfresh(inquiry.Asker, inquiry.Wanted) is { All: true });
        }
        else if (verdict == Verdict.AskSometime)
        {
            await AskNowAndThen(inquiry.Asker);
            inquiry.Heard(true);
        }

        return verdict;
    }

    private async Flow<Nothing> AskNowAndThen(LeaseId except)
    {
        if (underWay is { Answers.IsDone: false } round)
        {
            await round.Answers;
        }
        else if (owner.Timestamp - recalledAt >= IdlePatience.Ticks)
        {
            await AskAfresh(except, IdleShare.Half);
        }

        return default;
    }

    private Flow<Answers> AskAfresh(LeaseId asker, IdleShare wanted)
    {
        var round = build.JoinsRoundUnderWay && underWay is { Answers.IsDone: false } ? underWay : coming ??= new Round(new(asker, wanted));
        round.Of.Join(asker, wanted);
        return round.Answers ??= RunRound(round, underWay?.Answers ?? Flows.Of(new Answers(true)));
    }

    private async Flow<Answers> RunRound(Round round, Flow<Answers> before)
    {
        await before;
        (underWay, coming, recalledAt) = (round, null, owner.Timestamp);
        if (ledger is not { } mine)
        {
            return new(true);
        }

        var asked = mine.Leases.Where(account => account.Lease != round.Of.Except && account.MayUseLess).ToArray();
        var answered = 0;

        // Those who do not answer must not keep the others from being asked again.
        await Signal.WaitFor(owner, All([.. asked.Select(account => AskOne(mine, account, round.Of.Wanted, () => answered++))]), IdlePatience);
        return new(answered == asked.Length);
    }

    private async Flow<Nothing> AskOne(AdmissionLedger mine, LeaseAccount account, IdleShare wanted, Action answered)
    {
        if (unanswered.TryGetValue(account.Lease, out var last) && last.Basis == account.Report.Sequence && owner.Timestamp - last.SentAt >= IdlePatience.Ticks)
        {
            return default;
        }

        var mark = (owner.Timestamp, account.Report.Sequence);
        unanswered[account.Lease] = mark;
        if (await Recall(mine, account, RecallReason.Idle, wanted) is { All: true })
        {
            answered();
        }

        if (unanswered.TryGetValue(account.Lease, out var current) && current == mark)
        {
            unanswered.Remove(account.Lease);
        }

        return default;
    }

    private static async Flow<Nothing> All(List<Flow<Nothing>> flows)
    {
        foreach (var flow in flows)
        {
            await flow;
        }

        return default;
    }

    private async Flow<Answers> Recall(AdmissionLedger asked, LeaseAccount account, RecallReason reason, IdleShare wanted)
    {
        if (account.Address is not HolderAddress address)
        {
            return new(false);
        }

        var version = owner.Record.Version;
        var unheard = reason == RecallReason.Idle ? account.Unheard : null;
        var recall = new LeaseRecall(owner.Record.Id, account.Lease, reason, version, wanted, unheard?.Terms, unheard?.Basis ?? 0);
        var answer = await owner.Network.Call(
            owner, address.Holder, () => Flows.Of(new RecallAnswer(address.Holder.Recall(recall))), RecallPatience);
        if (ledger != asked || answer is null)
        {
            return new(answer is not null);
        }

        if (answer.Report is { } report)
        {
            Take(asked, report, mayBegin: false);
        }
        else
        {
            asked.Disown(account.Lease, owner.Milliseconds);
        }

        reported.Raise();
        return new(true);
    }

    private SessionError? Take(AdmissionLedger by, LeaseReport report, bool mayBegin, long epoch = 0)
    {
        var now = owner.Moment;
        by.Lapse(now.Milliseconds);
        return by.Take(owner.Record.Id, report, now with { Milliseconds = now.Milliseconds - (long)build.ReportsAreOlderBy.TotalMilliseconds }, mayBegin, epoch);
    }

    private AdmissionDecision Decide(in AdmissionRequest request, QuotaMargins left, in Moment now) =>
        AdmissionRules.Decide(FactsOf(owner.Record, left, now), request);

    private AdmissionFacts FactsOf(SessionRecord record, QuotaMargins left, in Moment now) => new()
    {
        SessionId = record.Id,
        Version = record.Version,
        Status = record.Status,
        TimeLeft = TimeLeft(record, now.Utc),
        ExpiredAt = record.ExpiresAt,
        Permissions = record.Configuration.Permissions,
        PolicyPermissions = SessionPermissions.All,
        FunctionPatterns = record.Configuration.FunctionPatterns,
        Quotas = record.Configuration.Quotas,
        Left = left,
        RetryAfter = ledger?.RetryAfter(now.Milliseconds) ?? timings.RetryAfter,
    };

    private TimeSpan? TimeLeft(SessionRecord record, DateTimeOffset now)
    {
        var over = record.Configuration.Settings.IdleTimeout is not null && SessionClock.WhyOver(Live(), now) is not null;
        return over ? TimeSpan.Zero : SessionClock.ExpiresAt(record) - now;
    }

    private SessionError? CanLease(SessionRecord record)
    {
        var facts = FactsOf(record, default, owner.Moment);
        return AdmissionRules.Judge(facts, default) is { } step and (AdmissionStep.Status or AdmissionStep.Expiry)
            ? AdmissionRefusals.Of(step, facts, default)
            : null;
    }

    private ExecutionReply Refuse(SessionError refusal) => new()
    {
        Decision = new AdmissionDecision { SessionId = owner.Record.Id, Version = owner.Record.Version, Status = owner.Record.Status, Refusal = refusal },
    };

    private ExecutionReply Answer(SingleExecution single, in Moment now)
    {
        var (runFor, startWithin) = ledger!.LeftOf(single, now.Milliseconds);
        return new()
        {
            Decision = Decide(single.Request, ledger.LeftFor(single, now), now),
            RunFor = runFor,
            StartWithin = startWithin,
            Epoch = owner.Record.Grant!.Epoch,
            RunGrace = single.Grace,
        };
    }

    private SessionError BeingStopped() => Refusals.Unavailable(owner.Record.Id, "The session is being stopped or narrowed.", timings.RetryAfter);

    private SessionError Undecided(SessionError limit) => Refusals.Unavailable(
        owner.Record.Id, $"Others have not answered yet: {limit.Dimension}, {limit.Used} of {limit.Limit}.", timings.RetryAfter);

    private SessionError Contended() => Refusals.Unavailable(owner.Record.Id, "The right to grant could not be had; try again.", timings.RetryAfter);
}

/// <summary>What a holder makes of a recall.</summary>
/// <param name="Report">Its report; null if it has no such lease.</param>
internal sealed record RecallAnswer(LeaseReport? Report);

/// <summary>What became of asking holders.</summary>
/// <param name="All">Whether all have answered.</param>
internal sealed record Answers(bool All);

/// <summary>A round of questions to all holders.</summary>
internal sealed class Round(InquiryRound of)
{
    public InquiryRound Of => of;

    public Flow<Answers>? Answers { get; set; }
}
