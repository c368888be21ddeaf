using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Sessions.Core;
using Sessions.Diagnostics;
using Sessions.Storage;

namespace Sessions.Grains;

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
    private static readonly TimeSpan IdlePatience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetrySoon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRun = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestRun = TimeSpan.FromMilliseconds(100);

    // Every request that waits for a debit, so that one commit serves them all.
    private readonly List<Func<Debit>> waiting = [];
    private AdmissionLedger? ledger;
    private GrantRight? right;
    private TaskCompletionSource reported = NewSignal();
    private readonly HashSet<LeaseId> asking = [];
    private Task? idleRecall;
    private long idleRecalledAt = long.MinValue / 2;
    private int holds;
    private long committedAt;

    /// <summary>Whether there is anything to look after in the background.</summary>
    public bool IsGranting => ledger is not null && row.Record?.Grant is not null;

    /// <summary>The epoch under which this activation grants; null while it has no right to.</summary>
    private long? Epoch => right is { IsLost: false } mine ? mine.Epoch : null;

    /// <summary>The session with its usage as known now.</summary>
    /// <param name="giveBack">Whether it is to be committed, and what is debited and not out given back.</param>
    public SessionRecord? Live(bool giveBack = false) =>
        row.Record is { } record && ledger is not null && !GrantRules.IsForeign(record, Epoch)
            ? ledger.Overlay(record, Now(), giveBack)
            : row.Record;

    /// <summary>Follows the record that was read or committed, whoever committed it.</summary>
    public void OnRead()
    {
        if (row.Record is { Grant: not null } mine && !GrantRules.IsForeign(mine, Epoch))
        {
            ledger!.Follow(mine);
            return;
        }

        // Where nobody has the right, others may have had it since this activation did.
        Drop();
        if (row.Record is { Grant: null } clean && !Lifecycle.IsFinal(clean.Status))
        {
            ledger = AdmissionLedger.From(clean, timings, Now().Milliseconds);
        }
    }

    /// <summary>Forgets everything: what was granted is the next activation's to charge.</summary>
    public void Drop()
    {
        if (right is not null)
        {
            keeper.LetGo(right);
        }

        (ledger, right) = (null, null);
        Signal();
    }

    /// <summary>Says that a commit is on its way.</summary>
    /// <returns>What has to be said of it when it is done.</returns>
    public PendingCommit BeginCommit(SessionRecord next)
    {
        var last = row.Record?.LastExecution ?? 0;
        var executions = ledger is null || next.LastExecution == last ? [] : ledger.PendingLog(last);
        ledger?.BeginCommit(next);
        return new(time.GetTimestamp(), executions);
    }

    /// <summary>Says that it is done, and the record visible.</summary>
    public void EndCommit(PendingCommit commit)
    {
        var record = row.Record!;
        committedAt = commit.SentAt;
        if (Lifecycle.IsFinal(record.Status))
        {
            Tell(record);
            Drop();
            return;
        }

        if (record.Grant is not { } mark)
        {
            LetGo();
        }
        else if (right?.Epoch == mark.Epoch)
        {
            right.Note(mark.Epoch, commit.SentAt);
        }
        else if (mark.Epoch == record.Version)
        {
            right = new GrantRight(row.Id, mark.Epoch, commit.SentAt);
            keeper.Keep(right);
        }
        else
        {
            // Another activation's mark, left alone.
            return;
        }

        ledger ??= AdmissionLedger.From(record, timings, Now().Milliseconds);
        ledger.EndCommit(record);
    }

    /// <summary>Tells the holders of leases what became of the session.</summary>
    public void Tell(SessionRecord record)
    {
        if (ledger is not { HasLeases: true })
        {
            return;
        }

        var snapshot = record.ToSnapshot();
        foreach (var account in ledger.Leases)
        {
            account.Address?.Changed(snapshot).AsTask().Ignore();
        }
    }

    public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request)
    {
        // The common case has nothing to wait for, and costs what the judging costs.
        if (row.Record is { Status: SessionStatus.Active } record && holds == 0 && HoldsRight())
        {
            var now = Now();
            return new(AdmissionRules.Decide(FactsOf(record, ledger!.Left(now), now), request));
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
            return new() { Refusal = refused };
        }

        ledger!.Address(report.Lease, request.Holder);
        LeaseReply reply;
        asking.Add(report.Lease);
        try
        {
            reply = await Grant(report.Lease, request.Demand);
        }
        finally
        {
            asking.Remove(report.Lease);
        }

        return reply.Terms is not null
            ? reply with { LogTaken = ledger?.LogTaken(report.Lease) ?? 0, RunningFor = timings.Lease }
            : reply with
            {
                LogTaken = ledger?.LogTaken(report.Lease) ?? 0,
                RunningFor = ledger?.Prolong(report.Lease, Now().Milliseconds) ?? TimeSpan.Zero,
            };
    }

    public ValueTask<SessionError?> Report(LeaseReport report)
    {
        if (ledger is null)
        {
            return new(Refusals.LeaseNotFound(row.Id, report.Lease));
        }

        var now = Now();
        var refusal = ledger.Take(row.Id, report, now, mayBegin: false);
        if (refusal is null)
        {
            ledger.Forget(report.Lease, now.Milliseconds);
            Signal();
        }

        return new(refusal);
    }

    public async ValueTask<ExecutionReply> Begin(ExecutionRequest request)
    {
        if (FindFault(request) is { } fault)
        {
            return Refuse(fault);
        }

        var runFor = request.RunFor ?? timings.Lease;
        var recalled = false;
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

            // Asked once: the keeper may take the right away at any moment, and what was judged without quotas is not to be admitted.
            var now = Now();
            var holdsRight = HoldsRight();
            var decision = Decide(request.Admission, holdsRight ? ledger!.LeftBesideLeases(now.Milliseconds) : default, now);
            if (!decision.IsAdmitted)
            {
                // What lies idle with a holder is not used up.
                if (!recalled && decision.Refusal!.Code == SessionErrorCode.QuotaExceeded && HasIdle(default))
                {
                    recalled = true;
                    await RecallIdle(default);
                    continue;
                }

                return new() { Decision = decision };
            }

            if (holds > 0)
            {
                return Refuse(BeingStopped());
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

        var runFor = request.RunFor ?? timings.Lease;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var now = Now();
            ledger?.Lapse(now.Milliseconds);
            if (ledger?.Find(request.Execution, request.Holder) is not { } single)
            {
                return Refuse(Refusals.ExecutionNotFound(row.Id, request.Execution));
            }

            // It runs already: of the quotas only compute time can end it.
            var decision = Decide(single.Request, ledger.LeftFor(single, now), now);
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

    public ValueTask<SessionError?> Settle(ExecutionSettlement settlement)
    {
        var refusal = settlement is null || ledger is null || row.Record is not { } record
            ? Refusals.ExecutionNotFound(row.Id, settlement?.Execution ?? default)
            : ledger.Settle(row.Id, settlement, record.Configuration.Settings, Now());
        Signal();
        return new(refusal);
    }

    /// <summary>Whether nobody can admit anything any more under what was granted so far.</summary>
    public bool IsFenced => row.Record?.Grant is null
        || (ledger is not null && Epoch is not null && ledger.IsFenced(Now().Milliseconds));

    /// <summary>Stops granting until the result is disposed of.</summary>
    public IDisposable Hold()
    {
        holds++;
        return new Held(this);
    }

    /// <summary>Waits for the fence. Granting has to be on hold, or it may never come.</summary>
    public async ValueTask Fence(RecallReason reason)
    {
        var recalls = await BeginFence(reason);

        // Also those that can admit nothing any more: what ran under them may have ended since, and belongs into the usage that is
        // committed now. A fence does not need them, so they are not waited for long.
        await recalls.WaitAsync(IdlePatience, time).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        // Without the right there is nothing to wait for here: whoever commits next reads anew, and finds whose it is.
        while (!IsFenced && Epoch is not null && ledger is { } mine)
        {
            var more = reported.Task;
            var limit = mine.UntilFenced(Now().Milliseconds);
            await more.WaitAsync(limit, time).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Calls everything back, and does not wait for it.</summary>
    /// <returns>The answers of those under whose leases something ran.</returns>
    public async ValueTask<Task> BeginFence(RecallReason reason)
    {
        for (var attempt = 0; attempt < MaxAttempts && row.Record is { Grant: not null } && (ledger is null || Epoch is null); attempt++)
        {
            using var turn = await row.Gate.EnterAsync();
            if (row.Record is { } record && GrantRules.IsForeign(record, Epoch))
            {
                await Claim(record, default);
            }
        }

        var running = new List<Task>();
        foreach (var account in ledger?.Leases.Where(account => account.IsHeld).ToArray() ?? [])
        {
            var ran = account.Report.Running > 0;
            var recall = Recall(ledger!, account, reason);
            if (ran)
            {
                running.Add(recall);
            }
        }

        return Task.WhenAll(running);
    }

    /// <summary>Commits usage that waits for too long, and lets the right go that nobody needs. Called every second or so.</summary>
    public async ValueTask Tick()
    {
        if (ledger is not { } mine || row.Record is not { } seen || GrantRules.IsForeign(seen, Epoch))
        {
            return;
        }

        var now = Now();
        mine.Lapse(now.Milliseconds, seen.Configuration.Settings);
        var idle = seen.Grant is not null && mine.IsIdle(now.Milliseconds);
        if (!idle && (!mine.IsDirty || time.GetElapsedTime(committedAt) < timings.Checkpoint))
        {
            return;
        }

        using var turn = await row.Gate.EnterAsync();
        if (ledger == mine && Live(giveBack: mine.IsIdle(Now().Milliseconds)) is { } live && !Lifecycle.IsFinal(live.Status))
        {
            await row.TryCommit(GrantRules.Checkpoint(live, default, time.GetUtcNow()));
        }
    }

    /// <summary>Commits usage now, so that the index of what is due learns of it.</summary>
    public async ValueTask Checkpoint()
    {
        if (row.Record is { } record && Live() is { } live && !ReferenceEquals(live, record))
        {
            await row.TryCommit(GrantRules.Checkpoint(live, default, time.GetUtcNow()));
        }
    }

    /// <summary>Gives back what can be given back before the activation goes.</summary>
    public async ValueTask LetGo(CancellationToken cancellationToken)
    {
        if (!IsGranting || Epoch is null)
        {
            Drop();
            return;
        }

        using var hold = Hold();
        await Fence(RecallReason.Narrowed).AsTask().WaitAsync(timings.Lease, time, cancellationToken).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        using (await row.Gate.EnterAsync())
        {
            if (ledger is not null && Epoch is not null && Live(giveBack: true) is { } live)
            {
                await row.TryCommit(GrantRules.Checkpoint(live, default, time.GetUtcNow()));
            }
        }

        Drop();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Moment Now() => new((long)time.GetElapsedTime(0).TotalMilliseconds, time.GetUtcNow());

    private bool HoldsRight() =>
        right is { IsLost: false } mine
        && row.Record?.Grant?.Epoch == mine.Epoch
        && ledger is not null
        && time.GetElapsedTime(mine.LookedAt) < timings.Right;

    private async ValueTask<AdmissionDecision> AuthorizeSlowly(AdmissionRequest request)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var now = Now();
            var holdsRight = HoldsRight();
            var decision = Decide(request, holdsRight ? ledger!.Left(now) : default, now);
            if (!decision.IsAdmitted || (holdsRight && holds == 0))
            {
                return decision;
            }

            if (holds > 0)
            {
                return Refuse(BeingStopped()).Decision;
            }

            await Ensure(static () => default);
        }

        return Refuse(Contended()).Decision;
    }

    /// <summary>Takes the report that comes with a request, after having taken over where another activation kept the accounts.</summary>
    private async ValueTask<SessionError?> TakeFirst(LeaseReport report)
    {
        for (var attempt = 0; row.Record is { } record; attempt++)
        {
            if (ledger is not null)
            {
                var refusal = ledger.Take(row.Id, report, Now(), mayBegin: record.Status == SessionStatus.Active);
                Signal();

                // A lease that nobody knows of a session that is not active: that it is not says more.
                return refusal is { Code: SessionErrorCode.LeaseNotFound } && CanLease(record) is { } why ? why : refusal;
            }

            if (CanLease(record) is { } not)
            {
                return not;
            }

            if (attempt == MaxAttempts)
            {
                return Contended();
            }

            await Ensure(static () => default);
        }

        return Refusals.NotFound(row.Id);
    }

    private async ValueTask<LeaseReply> Grant(LeaseId lease, LeaseDemand demand)
    {
        var recalled = false;
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

            // Tried twice: what could not be debited then is not there, and the grant says so.
            if (!HoldsRight() || (attempt < 2 && !ledger!.Missing(lease, demand).IsNone))
            {
                await Ensure(() => ledger is { } present && present.Knows(lease) ? present.Missing(lease, demand) : default);
                continue;
            }

            var now = Now();
            var terms = ledger!.Grant(lease, demand, record, row.Policy, TimeLeft(record, now.Utc), now);
            if (terms.Shortage is null || recalled || !HasIdle(lease))
            {
                instruments.OnLeased(terms.Shortage is null);
                return new() { Terms = terms };
            }

            recalled = true;
            await RecallIdle(lease);
        }

        return new() { Refusal = Contended() };
    }

    /// <summary>Takes, confirms or enlarges what is needed to grant; whoever waits has to look again afterwards.</summary>
    private async ValueTask Ensure(Func<Debit> missing)
    {
        waiting.Add(missing);
        try
        {
            using var turn = await row.Gate.EnterAsync();
            await row.ReloadIfInDoubt();
            if (right is { IsLost: true })
            {
                await row.Reload();
            }

            if (holds > 0 || row.Record is not { Status: SessionStatus.Active } record)
            {
                return;
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
                await row.TryCommit(GrantRules.Checkpoint(Live()!, Sum(), time.GetUtcNow()));
            }
        }
        finally
        {
            waiting.Remove(missing);
        }
    }

    private Debit Sum() => waiting.Select(one => one()).Aggregate(default(Debit), (a, b) => new(a.Executions + b.Executions, a.ComputeTime + b.ComputeTime));

    private async ValueTask Claim(SessionRecord record, Debit debit)
    {
        var foreign = record.Grant is not null;
        var next = GrantRules.Claim(foreign ? record : Live()!, debit, time.GetUtcNow());
        if (foreign)
        {
            // Whatever this activation knew was before the other's time.
            Drop();
        }

        if (await row.TryCommit(next) && foreign)
        {
            var until = Now().Milliseconds + (long)timings.Takeover.TotalMilliseconds;
            ledger!.KeepQuiet(until);
            LogTookOver(row.Id, record.Grant!.Epoch, next.Grant!.Epoch);
            instruments.OnTookOver();
        }
    }

    /// <summary>Looks at the row, because the keeper's last look is too old to grant upon.</summary>
    private async ValueTask Look()
    {
        var (mine, sentAt) = (right!, time.GetTimestamp());
        var epochs = await store.ReadEpochsAsync([row.Id], CancellationToken.None);
        mine.Note(epochs.TryGetValue(row.Id, out var epoch) ? epoch : null, sentAt);
        if (mine.IsLost)
        {
            await row.Reload();
        }
    }

    private void LetGo()
    {
        if (right is not null)
        {
            keeper.LetGo(right);
            right = null;
        }
    }

    private bool HasIdle(LeaseId except) => ledger?.Leases.Any(account => IsIdle(account, except)) == true;

    /// <summary>Not one whose holder is asking just now: a recall would make its question void, and it would have to ask again.</summary>
    private bool IsIdle(LeaseAccount account, LeaseId except) =>
        account.Lease != except && account.HasIdle && account.Address is not null && !asking.Contains(account.Lease);

    /// <summary>
    /// Asks all holders but one for what they do not use. All who starve wait for the same answers, and not for long; and no holder is
    /// asked more often than that, or it would do nothing but answer.
    /// </summary>
    private async ValueTask RecallIdle(LeaseId except)
    {
        if (idleRecall is not { IsCompleted: false } && time.GetElapsedTime(idleRecalledAt) >= IdlePatience)
        {
            var mine = ledger!;
            idleRecalledAt = time.GetTimestamp();
            idleRecall = Task.WhenAll(mine.Leases
                    .Where(account => IsIdle(account, except))
                    .ToArray()
                    .Select(account => Recall(mine, account, RecallReason.Idle)))
                .WaitAsync(IdlePatience, time);
        }

        await (idleRecall ?? Task.CompletedTask).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private async Task Recall(AdmissionLedger asked, LeaseAccount account, RecallReason reason)
    {
        if (account.Address is not { } holder)
        {
            return;
        }

        try
        {
            var report = await holder.Recall(new LeaseRecall(row.Id, account.Lease, reason));
            if (ledger != asked)
            {
                return;
            }

            if (report is null)
            {
                asked.Disown(account.Lease, Now().Milliseconds);
            }
            else if (asked.Take(row.Id, report, Now(), mayBegin: false) is { } refusal)
            {
                LogReportRefused(row.Id, account.Holder, refusal.Message);
            }

            Signal();
        }
#pragma warning disable CA1031 // A holder that does not answer is waited for until its lease is over; why it does not is for the log.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotRecalled(exception, row.Id, account.Holder);
        }
    }

    private void Signal()
    {
        var signal = reported;
        reported = NewSignal();
        signal.TrySetResult();
    }

    private AdmissionDecision Decide(in AdmissionRequest request, QuotaMargins left, in Moment now) => row.Record is { } record
        ? AdmissionRules.Decide(FactsOf(record, left, now), request)
        : new AdmissionDecision { SessionId = row.Id, RefusedAt = AdmissionStep.Status, Refusal = Refusals.NotFound(row.Id) };

    private AdmissionFacts FactsOf(SessionRecord record, QuotaMargins left, in Moment now) => new()
    {
        SessionId = record.Id,
        Version = record.Version,
        Status = record.Status,
        TimeLeft = TimeLeft(record, now.Utc),
        ExpiredAt = record.ExpiresAt,
        Permissions = record.Configuration.Permissions,
        PolicyPermissions = row.Policy,
        FunctionPatterns = record.Configuration.FunctionPatterns,
        Quotas = record.Configuration.Quotas,
        Left = left,
        RetryAfter = ledger?.RetryAfter(now.Milliseconds) ?? timings.RetryAfter,
    };

    private TimeSpan? TimeLeft(SessionRecord record, DateTimeOffset now)
    {
        // Only with an idle timeout does it matter what holders have reported since the last commit.
        var over = record.Configuration.Settings.IdleTimeout is not null && SessionClock.WhyOver(Live()!, now) is not null;
        return over ? TimeSpan.Zero : SessionClock.ExpiresAt(record) - now;
    }

    /// <summary>Why the session grants no lease, whatever for; null if it does. The rest of the rules is for the holder.</summary>
    private SessionError? CanLease(SessionRecord record)
    {
        var facts = FactsOf(record, default, Now());
        return AdmissionRules.Judge(facts, default) is { } step and (AdmissionStep.Status or AdmissionStep.Expiry)
            ? AdmissionRefusals.Of(step, facts, default)
            : null;
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
        };
    }

    private SessionError BeingStopped() => Refusals.Unavailable(row.Id, "The session is being stopped or narrowed.", RetrySoon);

    private SessionError Contended() => Refusals.Unavailable(row.Id, "The right to grant could not be had; try again.", timings.RetryAfter);

    [LoggerMessage(181, LogLevel.Information, "Session {SessionId}: took the right to grant over from epoch {Before} with epoch {After}.")]
    private partial void LogTookOver(SessionId sessionId, long before, long after);

    [LoggerMessage(182, LogLevel.Information, "Session {SessionId}: holder {Holder} did not answer; its lease runs out.")]
    private partial void LogNotRecalled(Exception exception, SessionId sessionId, HolderId holder);

    [LoggerMessage(183, LogLevel.Warning, "Session {SessionId}: the report of holder {Holder} was refused: {Reason}")]
    private partial void LogReportRefused(SessionId sessionId, HolderId holder, string reason);

    /// <summary>What to remember of a commit under way.</summary>
    internal readonly record struct PendingCommit(long SentAt, System.Collections.Immutable.ImmutableArray<ExecutionRecord> Executions);

    private sealed class Held(SessionAdmission owner) : IDisposable
    {
        private bool released;

        public void Dispose()
        {
            if (!released)
            {
                released = true;
                owner.holds--;
            }
        }
    }
}
