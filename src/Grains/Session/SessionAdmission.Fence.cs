using Sessions.Core;
using Sessions.Core.Admission;

namespace Sessions.Grains.Session;

/// <summary>Leases called back: all of them for a fence, idle ones for those who starve.</summary>
internal sealed partial class SessionAdmission
{
    private static readonly TimeSpan IdlePatience = TimeSpan.FromMilliseconds(250);

    // The leases whose holders are being answered.
    private readonly HashSet<LeaseId> asking = [];
    private TaskCompletionSource reported = NewSignal();
    private Task? idleRecall;
    private long idleRecalledAt = long.MinValue / 2;
    private int holds;

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
    /// <param name="reason">Why leases are called back.</param>
    /// <param name="isMoot">Whether the answers so far have made the change void, so that there is nothing more to wait for; null if they cannot.</param>
    public async ValueTask Fence(RecallReason reason, Func<bool>? isMoot = null)
    {
        var recalls = await BeginFence(reason);

        // Also those that can admit nothing any more: what ran under them may have ended since, and belongs into the usage that is
        // committed now. A fence does not need them, so they are not waited for long.
        await recalls.WaitAsync(IdlePatience, time).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        // Without the right there is nothing to wait for here: whoever commits next reads anew, and finds whose it is.
        while (!IsFenced && Epoch is not null && ledger is { } mine && isMoot?.Invoke() != true)
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
            await TakeOver();
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

    /// <summary>
    /// Why it cannot be said yet whether the session is over, and asks for what it depends on; null if nothing of the kind. By what holders have
    /// reported it has been idle for too long, but one of them may have begun something since.
    /// </summary>
    public SessionError? DoubtIdleness()
    {
        if (!MayBeBusy())
        {
            return null;
        }

        if (holds == 0)
        {
            AskHolders().AsTask().Ignore();
        }

        return Refusals.Unavailable(row.Id, "The session asks the holders of its leases whether it is idle.", RetrySoon);
    }

    /// <summary>Learns from holders what they run, where the session seems to be idle. Does not wait for those that do not answer.</summary>
    public ValueTask AskIfIdle() => MayBeBusy() ? AskHolders() : ValueTask.CompletedTask;

    // The holders of another activation's leases are known only when its right has been taken over.
    private ValueTask AskHolders() => ledger is null || Epoch is null ? Ensure(static () => default) : RecallIdle(default);

    private bool MayBeBusy() =>
        row.Record is { Grant: not null, Configuration.Settings.IdleTimeout: not null }
        && !IsFenced
        && SessionClock.WhyOver(Live()!, time.GetUtcNow()) == EndReason.Idle;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

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

        var version = row.Record!.Version;
        try
        {
            var report = await holder.Recall(new LeaseRecall(row.Id, account.Lease, reason, version));
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
