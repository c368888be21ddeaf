using Sessions.Core;
using Sessions.Core.Admission;

namespace Sessions.Grains.Session;

/// <summary>All leases called back, for a fence.</summary>
internal sealed partial class SessionAdmission
{
    private TaskCompletionSource reported = NewSignal();
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
            var recall = Recall(ledger!, account, reason, IdleShare.All);
            if (ran)
            {
                running.Add(recall);
            }
        }

        return Task.WhenAll(running);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <returns>Whether the holder has answered.</returns>
    private async Task<bool> Recall(AdmissionLedger asked, LeaseAccount account, RecallReason reason, IdleShare wanted)
    {
        if (account.Address is not { } holder)
        {
            return false;
        }

        var version = row.Record!.Version;
        try
        {
            var unheard = reason == RecallReason.Idle ? account.Unheard : null;
            var report = await holder.Recall(
                new LeaseRecall(row.Id, account.Lease, reason, version, wanted, unheard?.Terms, unheard?.Basis ?? 0));
            if (ledger != asked)
            {
                return true;
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
            return true;
        }
#pragma warning disable CA1031 // A holder that does not answer is waited for until its lease is over; why it does not is for the log.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotRecalled(exception, row.Id, account.Holder);
            return false;
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
