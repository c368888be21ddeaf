using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Admission;

namespace Sessions.Grains.Session;

/// <summary>The right to grant: taken, confirmed, debited, and let go.</summary>
internal sealed partial class SessionAdmission
{
    // Every request that waits for a debit, so that one commit serves them all.
    private readonly List<Func<Debit>> waiting = [];
    private AdmissionLedger? ledger;
    private GrantRight? right;
    private long committedAt;

    /// <summary>The epoch under which this activation grants; null while it has no right to.</summary>
    private long? Epoch => right is { IsLost: false } mine ? mine.Epoch : null;

    /// <summary>Follows the record that was read or committed, whoever committed it.</summary>
    /// <param name="at">When that was, in timestamps of the sessions' clock.</param>
    public void OnRead(long at)
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
            ledger = AdmissionLedger.From(clean, timings, Now(at).Milliseconds);
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
        return new(time.GetTimestamp(), executions, (int)Math.Max(0, MovedRate(row.Record) - MovedRate(next)));
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
        ledger.Rest(commit.RateBack, Now().Milliseconds);
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
                await row.TryCommit(GrantRules.Release(live, time.GetUtcNow()));
            }
        }

        Drop();
    }

    /// <summary>
    /// Takes the accounts over that another activation kept, so that whoever comes back is recognized. Not while the node stops: then
    /// that is for the activation that follows elsewhere.
    /// </summary>
    private async ValueTask TakeOver()
    {
        if (row.Record is not { } seen || !GrantRules.IsForeign(seen, Epoch) || keeper.IsStopping)
        {
            return;
        }

        using var turn = await row.Gate.EnterAsync();
        await row.ReloadIfInDoubt();
        if (row.Record is { } record && GrantRules.IsForeign(record, Epoch) && !Lifecycle.IsFinal(record.Status))
        {
            await Claim(record, default);
        }
    }

    private bool HoldsRight() => HoldsRight(time.GetTimestamp());

    private bool HoldsRight(long timestamp) =>
        right is { IsLost: false } mine
        && row.Record?.Grant?.Epoch == mine.Epoch
        && ledger is not null
        && time.GetElapsedTime(mine.LookedAt, timestamp) < timings.Right;

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

            if (holds > 0 || keeper.IsStopping || row.Record is not { Status: SessionStatus.Active } record)
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

    private Debit Sum() => waiting.Select(one => one()).Aggregate(
        default(Debit), (a, b) => new(a.Executions + b.Executions, a.ComputeTime + b.ComputeTime, a.Lists || b.Lists));

    private async ValueTask Claim(SessionRecord record, Debit debit)
    {
        var foreign = record.Grant is not null;
        var next = GrantRules.Claim(foreign ? record : Live()!, debit, time.GetUtcNow(), foreign ? null : ledger);
        if (foreign)
        {
            // Whatever this activation knew was before the other's time.
            Drop();
        }

        if (await row.TryCommit(next) && foreign)
        {
            ledger!.TakeOver(record.Grant!, next.Grant!, Now().Milliseconds);
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

    /// <summary>What to remember of a commit under way.</summary>
    internal readonly record struct PendingCommit(
        long SentAt, System.Collections.Immutable.ImmutableArray<ExecutionRecord> Executions, int RateBack);

    /// <summary>How much of the rate open children have.</summary>
    private static long MovedRate(SessionRecord? record) => record?.Children.Sum(child => child.Quotas.PerSecond ?? 0) ?? 0;
}
