using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Session;

/// <summary>
/// Grants and admits on behalf of one activation of a session: holds the right to do so, has it confirmed and debited, calls leases
/// back and waits for the fence. What is granted, and whether, is decided in <see cref="AdmissionLedger"/> and <see cref="AdmissionRules"/>.
/// </summary>
internal sealed partial class SessionAdmission(
    ISessionRow row,
    AdmissionTimings timings,
    TimeProvider time,
    GrantKeeper keeper,
    ISessionStore store,
    SessionsInstruments instruments,
    ILogger logger)
{
    private const int MaxAttempts = 8;
    private static readonly TimeSpan RetrySoon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRun = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestRun = TimeSpan.FromMilliseconds(100);

    private SessionRecord? quotasFor;
    private SessionQuotas? quotas;

    /// <summary>Whether there is anything to look after in the background.</summary>
    public bool IsGranting => ledger is not null && row.Record?.Grant is not null;

    /// <summary>What runs now, known once the session is fenced; until then as if nothing did, because a fence may end it.</summary>
    public Outstanding Outstanding => row.Record?.Grant is not null && IsFenced ? ledger!.Outstanding : default;

    /// <summary>The session with its usage as known now.</summary>
    /// <param name="giveBack">Whether it is to be committed, and what is debited and not out given back.</param>
    public SessionRecord? Live(bool giveBack = false) =>
        row.Record is { } record && ledger is not null && !GrantRules.IsForeign(record, Epoch)
            ? ledger.Overlay(record, Now(), giveBack)
            : row.Record;

    /// <summary>
    /// The session as it is to be shown. What another activation has debited is shown as forfeited until its holders come back: so it
    /// counts already.
    /// </summary>
    public SessionRecord? Shown => row.Record is { Grant: { } mark } record && GrantRules.IsForeign(record, Epoch)
        ? record with { Usage = GrantRules.Charge(record.Usage, mark) }
        : Live();

    public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request)
    {
        // The common case has nothing to wait for, and costs what the judging costs.
        var timestamp = time.GetTimestamp();
        if (row.Record is { Status: SessionStatus.Active } record && holds == 0 && HoldsRight(timestamp))
        {
            var now = Now(timestamp);
            var decision = Decide(request, ledger!.Left(now), now);
            if (decision.IsAdmitted || !Inquiry.Concerns(decision.RefusedAt))
            {
                return new(decision);
            }
        }

        return AuthorizeSlowly(request);
    }

    public async ValueTask<LeaseReply> Lease(LeaseRequest request)
    {
        if (request?.Report is not { } report || request.Demand is { Executions: < 0 } or { Concurrent: < 0 } or { PerSecond: < 0 }
            || request.Demand.ComputeTime < TimeSpan.Zero)
        {
            return new() { Refusal = SessionError.InvalidConfiguration(row.Id, [new("demand", "is missing or negative")]) };
        }

        if (await TakeFirst(report) is { } refused)
        {
            return new()
            {
                Refusal = refused,
                Epoch = Epoch ?? 0,
                RunningFor = ledger?.Prolong(report.Lease, Now().Milliseconds) ?? TimeSpan.Zero,
            };
        }

        ledger!.Address(report.Lease, request.Holder);
        var reply = await Grant(report.Lease, request.Demand);
        return reply with
        {
            LogTaken = ledger?.LogTaken(report.Lease) ?? 0,
            Basis = ledger?.BasisOf(report.Lease) ?? 0,
            Epoch = Epoch ?? 0,
            RunningFor = reply.Terms is not null ? timings.Lease : ledger?.Prolong(report.Lease, Now().Milliseconds) ?? TimeSpan.Zero,
        };
    }

    public async ValueTask<SessionError?> Report(LeaseReport report)
    {
        await TakeOver();
        if (ledger is null)
        {
            return Unclaimed() ?? Refusals.LeaseNotFound(row.Id, report.Lease);
        }

        var now = Now();
        var refusal = ledger.Take(row.Id, report, now, mayBegin: false);
        if (refusal is null)
        {
            ledger.Forget(report.Lease, now.Milliseconds);
            Signal();
            refusal = await Keep();
        }

        return refusal;
    }

    /// <summary>
    /// Commits what a last report has brought, because its holder says it only until it is told that it was heard. One commit serves all who
    /// wait for it.
    /// </summary>
    private async ValueTask<SessionError?> Keep()
    {
        var mine = ledger;
        if (mine is { IsDirty: true })
        {
            using var turn = await row.Gate.EnterAsync();
            if (ledger == mine && mine.IsDirty && Epoch is not null)
            {
                await Checkpoint();
            }
        }

        // Another activation has the accounts now, and does not know of the report.
        return ledger == mine ? null : Refusals.Moved(row.Id);
    }

    public async ValueTask<ExecutionReply> Begin(ExecutionRequest request)
    {
        if (FindFault(request) is { } fault)
        {
            return Refuse(fault);
        }

        await TakeOver();
        ledger?.ExpectSingles();
        var runFor = request.RunFor ?? timings.Lease;
        var inquiry = new Inquiry(default, IdleShare.All);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (ledger?.Find(request.Execution, request.Holder) is { } again && again.Request == request.Admission)
            {
                return Answer(again, Now());
            }

            if (ledger?.IsUsed(request.Execution) == true)
            {
                return Refuse(Refusals.ExecutionReused(row.Id, request.Execution));
            }

            // Admitted by another activation whose answer was lost.
            if (ledger?.Adopt(request.Execution, request.Holder, request.Admission, elapsed: null, Now()) is not null)
            {
                continue;
            }

            // Asked once: the keeper may take the right away at any moment, and what was judged without quotas is not to be admitted.
            var now = Now();
            var holdsRight = HoldsRight();
            var decision = Decide(request.Admission, holdsRight ? ledger!.LeftBesideLeases(now.Milliseconds) : default, now);
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

            if (holds > 0)
            {
                return Refuse(BeingStopped());
            }

            if (keeper.IsStopping && !holdsRight)
            {
                return Refuse(Leaving());
            }

            if (holdsRight && ledger!.MissingForOne(runFor, now.Milliseconds).IsNone)
            {
                if (ledger.Begin(request, runFor, now) is { } single)
                {
                    return Answer(single, now);
                }

                // Between two looks the second filled up; the next attempt says so.
                continue;
            }

            await Ensure(() => ledger?.MissingForOne(runFor, Now().Milliseconds) ?? default);
        }

        return Refuse(Contended());
    }

    public async ValueTask<ExecutionReply> Extend(ExecutionRequest request)
    {
        if (FindFault(request) is { } fault)
        {
            return Refuse(fault);
        }

        await TakeOver();
        var runFor = request.RunFor ?? timings.Lease;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var now = Now();
            ledger?.Lapse(now.Milliseconds);
            if (ledger?.Find(request.Execution, request.Holder) is null && Epoch is { } mine && request.Epoch < mine && request.Epoch > 0)
            {
                // It may have been on its way for long, and what it asks for have ended.
                return Refuse(Refusals.Moved(row.Id)) with { Epoch = mine };
            }

            if (FindOrAdopt(request.Execution, request.Holder, request.Admission, request.Elapsed, now) is not { } single)
            {
                // Where the session runs nothing any more, that is why: the execution was ended with it.
                var session = Decide(request.Admission, new QuotaMargins(null, null, null, null), now);
                return Unclaimed() is { } unclaimed ? Refuse(unclaimed)
                    : session.IsAdmitted ? Refuse(Refusals.ExecutionNotFound(row.Id, request.Execution))
                    : new() { Decision = session };
            }

            // It runs already: of the quotas only compute time can end it.
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

            await Ensure(() => new(0, ledger?.MissingForOne(runFor, Now().Milliseconds).ComputeTime ?? default));
        }

        return Refuse(Contended());
    }

    public async ValueTask<SessionError?> Settle(ExecutionSettlement settlement)
    {
        await TakeOver();
        var now = Now();
        ledger?.Lapse(now.Milliseconds);
        FindOrAdopt(settlement.Execution, settlement.Holder, settlement.Admission, settlement.NeverBegan ? null : settlement.Duration, now);
        var refusal = ledger is null || row.Record is not { } record
            ? Unclaimed() ?? Refusals.ExecutionNotFound(row.Id, settlement.Execution)
            : ledger.Settle(row.Id, settlement, record.Configuration.Settings, now);
        Signal();
        return refusal;
    }

    private SingleExecution? FindOrAdopt(ExecutionId execution, HolderId holder, AdmissionRequest request, TimeSpan? elapsed, in Moment now) =>
        ledger?.Find(execution, holder) ?? ledger?.Adopt(execution, holder, request, elapsed, now);

    /// <summary>Why nobody can be recognized here: another activation keeps the accounts, and this one may not take them over any more.</summary>
    private SessionError? Unclaimed() => row.Record is { Grant: not null } && keeper.IsStopping ? Leaving() : null;

    private Moment Now() => Now(time.GetTimestamp());

    private Moment Now(long timestamp) => new((long)time.GetElapsedTime(0, timestamp).TotalMilliseconds, time.GetUtcNow());

    private async ValueTask<AdmissionDecision> AuthorizeSlowly(AdmissionRequest request)
    {
        var inquiry = new Inquiry(default, IdleShare.Nothing);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var now = Now();
            var holdsRight = HoldsRight();
            var decision = Decide(request, holdsRight ? ledger!.Left(now) : default, now);
            if (!decision.IsAdmitted)
            {
                switch (await Judge(inquiry, decision.RefusedAt))
                {
                    case Verdict.Ask or Verdict.AskSometime:
                        continue;
                    case Verdict.Undecided:
                        return Refuse(Undecided(decision.Refusal!)).Decision;
                }

                return decision;
            }

            if (holdsRight && holds == 0)
            {
                return decision;
            }

            if (holds > 0)
            {
                return Refuse(BeingStopped()).Decision;
            }

            await Ensure(static () => default);
        }

        return Refuse(keeper.IsStopping ? Leaving() : Contended()).Decision;
    }

    /// <summary>Takes the report that comes with a request, after having taken over where another activation kept the accounts.</summary>
    private async ValueTask<SessionError?> TakeFirst(LeaseReport report)
    {
        for (var attempt = 0; row.Record is { } record; attempt++)
        {
            if (ledger is not null)
            {
                var refusal = ledger.Take(row.Id, report, Now(), mayBegin: record.Status == SessionStatus.Active, Epoch ?? 0);
                Signal();

                // A lease that nobody knows of a session that is not active: that it is not says more.
                return refusal is { Code: SessionErrorCode.LeaseNotFound } && CanLease(record) is { } why ? why : refusal;
            }

            // Taken over even where nothing may be leased: what ran has to be counted all the same.
            if (Lifecycle.IsFinal(record.Status) && CanLease(record) is { } not)
            {
                return not;
            }

            if (attempt == MaxAttempts)
            {
                return Unclaimed() ?? Contended();
            }

            await TakeOver();
        }

        return Refusals.NotFound(row.Id);
    }

    private async ValueTask<LeaseReply> Grant(LeaseId lease, LeaseDemand demand)
    {
        var inquiry = new Inquiry(lease, demand.Waiting > 0 ? IdleShare.All : IdleShare.Half);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (row.Record is not { } record)
            {
                return new() { Refusal = Refusals.NotFound(row.Id) };
            }

            if (CanLease(record) is { } refusal)
            {
                return new() { Refusal = refusal };
            }

            if (holds > 0)
            {
                return new() { Refusal = BeingStopped() };
            }

            if (ledger is { } mine && !mine.Knows(lease))
            {
                return new() { Refusal = Refusals.LeaseNotFound(row.Id, lease) };
            }

            // Another activation was here since the report was taken.
            if (ledger?.IsSilent(lease) == true)
            {
                return new() { Refusal = Refusals.Moved(row.Id) };
            }

            if (keeper.IsStopping && !HoldsRight())
            {
                return new() { Refusal = Leaving() };
            }

            // Tried twice: what could not be debited then is not there, and the grant says so.
            if (!HoldsRight() || !ledger!.IsListed(lease) || (attempt < 2 && !ledger.Missing(lease, demand).IsNone))
            {
                await Ensure(() => ledger is { } present && present.Knows(lease) ? present.Missing(lease, demand) : default);
                continue;
            }

            var now = Now();
            var terms = ledger!.Grant(lease, demand, record, row.Policy, TimeLeft(Timed(record), now.Utc), now);
            switch (await Judge(inquiry, ledger.LackOf(lease, demand)))
            {
                case Verdict.Ask or Verdict.AskSometime:
                    continue;
                case Verdict.Undecided:
                    terms = terms with { Shortage = Undecided(terms.Shortage!) };
                    break;
            }

            instruments.OnLeased(terms.Shortage is null);
            return new() { Terms = terms };
        }

        return new() { Refusal = Contended() };
    }

    private AdmissionDecision Decide(in AdmissionRequest request, QuotaMargins left, in Moment now)
    {
        if (row.Record is not { } record)
        {
            return new AdmissionDecision { SessionId = row.Id, RefusedAt = AdmissionStep.Status, Refusal = Refusals.NotFound(row.Id) };
        }

        var decision = AdmissionRules.Decide(FactsOf(record, left, now), request);
        return decision.RefusedAt == AdmissionStep.Expiry && DoubtIdleness() is { } doubt ? Refuse(doubt).Decision : decision;
    }

    private AdmissionFacts FactsOf(SessionRecord record, QuotaMargins left, in Moment now)
    {
        var timed = Timed(record);
        return new()
        {
            SessionId = record.Id,
            Version = record.Version,
            Status = record.Status,
            TimeLeft = TimeLeft(timed, now.Utc),
            ExpiredAt = SessionClock.EndedAt(timed, now.Utc),
            Permissions = record.Configuration.Permissions,
            PolicyPermissions = row.Policy,
            FunctionPatterns = record.Configuration.FunctionPatterns,
            Quotas = QuotasOf(record),
            Left = left,
            RetryAfter = ledger?.RetryAfter(now.Milliseconds) ?? timings.RetryAfter,
        };
    }

    /// <summary>Worked out once per record: every admission asks, and a record never changes.</summary>
    private SessionQuotas QuotasOf(SessionRecord record)
    {
        if (!ReferenceEquals(quotasFor, record))
        {
            (quotasFor, quotas) = (record, EffectiveTerms.Quotas(record));
        }

        return quotas!;
    }

    /// <summary>The record that says whether time is up. Only with an idle timeout does it matter what holders have reported since the last commit.</summary>
    private SessionRecord Timed(SessionRecord record) => record.Configuration.Settings.IdleTimeout is null ? record : Live()!;

    private static TimeSpan? TimeLeft(SessionRecord timed, DateTimeOffset now)
    {
        var over = timed.Configuration.Settings.IdleTimeout is not null && SessionClock.WhyOver(timed, now) is not null;
        return over ? TimeSpan.Zero : SessionClock.ExpiresAt(timed) - now;
    }

    /// <summary>Why the session grants no lease, whatever for; null if it does. The rest of the rules is for the holder.</summary>
    private SessionError? CanLease(SessionRecord record)
    {
        var facts = FactsOf(record, default, Now());
        return AdmissionRules.Judge(facts, default) is not { } step ? row.Unbound : step switch
        {
            AdmissionStep.Expiry when DoubtIdleness() is { } doubt => doubt,
            AdmissionStep.Status or AdmissionStep.Expiry => AdmissionRefusals.Of(step, facts, default),
            _ => row.Unbound,
        };
    }

    private SessionError? FindFault(ExecutionRequest request)
    {
        if (request is null || request.Execution.IsDefault || request.Holder.IsDefault)
        {
            return SessionError.InvalidConfiguration(row.Id, [new("execution", "names no execution or no holder")]);
        }

        if (request.RunFor is { } runFor && (runFor < ShortestRun || runFor > LongestRun))
        {
            return SessionError.InvalidConfiguration(row.Id, [new("runFor", $"is {runFor}, not between {ShortestRun} and {LongestRun}")]);
        }

        return AdmissionRules.FindFaults(request.Admission) is { IsEmpty: false } faults ? SessionError.InvalidConfiguration(row.Id, faults) : null;
    }

    private ExecutionReply Refuse(SessionError refusal) => new()
    {
        Decision = new AdmissionDecision
        {
            SessionId = row.Id,
            Version = row.Record?.Version ?? 0,
            Status = row.Record?.Status ?? default,
            Refusal = refusal,
        },
    };

    private ExecutionReply Answer(SingleExecution single, in Moment now)
    {
        var (runFor, startWithin) = ledger!.LeftOf(single, now.Milliseconds);
        return new()
        {
            Decision = Decide(single.Request, ledger.LeftFor(single, now), now),
            RunFor = runFor,
            StartWithin = startWithin,
            Epoch = row.Record!.Grant!.Epoch,
            RunGrace = single.Grace,
        };
    }

    private SessionError Leaving() => Refusals.Unavailable(
        row.Id, "The node is stopping and has let go of the session; another node takes it over.", RetrySoon);

    private SessionError BeingStopped() => Refusals.Unavailable(row.Id, "The session is being stopped or narrowed.", RetrySoon);

    private SessionError Undecided(SessionError limit) => Refusals.Unavailable(
        row.Id,
        $"Whether the session's quota of {limit.Dimension} is used up is not known: others who hold some of it have not answered yet; try again.",
        RetrySoon);

    private SessionError Contended() => Refusals.Unavailable(row.Id, "The right to grant could not be had; try again.", timings.RetryAfter);
}
