using Sessions.Core;
using Sessions.Core.Admission;

namespace Sessions.Grains.Session;

/// <summary>
/// Learns from holders what they run and what lies idle with them, before anybody is refused for what they might not need. A refusal for a
/// limit stands only when every holder has said, since it was asked for, what it uses.
/// </summary>
internal sealed partial class SessionAdmission
{
    private static readonly TimeSpan IdlePatience = TimeSpan.FromMilliseconds(250);

    // Recalls of idle blocks that are not answered, by when and after which report: who is silent is not asked again until it is heard of.
    private readonly Dictionary<LeaseId, (long SentAt, long Basis)> unanswered = [];
    private Round? underWay;
    private Round? coming;
    private long askedAt = long.MinValue / 2;

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
    private ValueTask AskHolders() => ledger is null || Epoch is null ? Ensure(static () => default) : AskNowAndThen(default, IdleShare.Nothing);

    private bool MayBeBusy() =>
        row.Record is { Grant: not null, Configuration.Settings.IdleTimeout: not null }
        && !IsFenced
        && SessionClock.WhyOver(Live()!, time.GetUtcNow()) == EndReason.Idle;

    /// <summary>Whether it has to be looked again, because holders have answered; if not, what to say of a refusal by this limit.</summary>
    private async ValueTask<Verdict> Judge(Inquiry inquiry, AdmissionStep? limit)
    {
        var verdict = limit is { } reached && ledger is { } mine ? inquiry.Judge(mine, reached, Now().Milliseconds) : Verdict.Stands;
        if (verdict == Verdict.Ask)
        {
            inquiry.Heard(await AskAfresh(inquiry.Asker, inquiry.Wanted));
        }
        else if (verdict == Verdict.AskSometime)
        {
            await AskNowAndThen(inquiry.Asker, IdleShare.Half);
            inquiry.Heard(true);
        }

        return verdict;
    }

    /// <summary>Asks, unless that was done just now: a holder that is asked all the time would do nothing but answer.</summary>
    private async ValueTask AskNowAndThen(LeaseId except, IdleShare wanted)
    {
        if (underWay is { Answers.IsCompleted: false } round)
        {
            await round.Answers;
        }
        else if (time.GetElapsedTime(askedAt) >= IdlePatience)
        {
            await AskAfresh(except, wanted);
        }
    }

    /// <summary>
    /// Asks all holders what they use, on behalf of one who came just now, and not for long. Those that are being asked already may answer with
    /// what was true before it came: so all who come meanwhile wait for the next round together.
    /// </summary>
    /// <returns>Whether all have answered who may have something that is not used.</returns>
    private Task<bool> AskAfresh(LeaseId asker, IdleShare wanted)
    {
        var round = coming ??= new Round(new(asker, wanted));
        round.Of.Join(asker, wanted);
        return round.Answers ??= RunAsync(round, underWay?.Answers ?? Task.FromResult(true));
    }

    private async Task<bool> RunAsync(Round round, Task<bool> before)
    {
        await before;
        (underWay, coming, askedAt) = (round, null, time.GetTimestamp());
        if (ledger is not { } mine)
        {
            return true;
        }

        // The one who asks has just said what it keeps.
        var asked = mine.Leases.Where(account => account.Lease != round.Of.Except && account.MayUseLess).ToArray();
        var answers = Task.WhenAll(asked.Select(account => AskOne(mine, account, round.Of.Wanted)));
        await ((Task)answers).WaitAsync(IdlePatience, time).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return answers.IsCompletedSuccessfully && answers.Result.All(static answered => answered);
    }

    private async Task<bool> AskOne(AdmissionLedger mine, LeaseAccount account, IdleShare wanted)
    {
        if (unanswered.TryGetValue(account.Lease, out var last) && last.Basis == account.Report.Sequence && time.GetElapsedTime(last.SentAt) >= IdlePatience)
        {
            return false;
        }

        var mark = (time.GetTimestamp(), account.Report.Sequence);
        unanswered[account.Lease] = mark;
        var hasAnswered = await Recall(mine, account, RecallReason.Idle, wanted);
        if (unanswered.TryGetValue(account.Lease, out var current) && current == mark)
        {
            unanswered.Remove(account.Lease);
        }

        return hasAnswered;
    }

    /// <summary>A round of questions to all holders.</summary>
    private sealed class Round(InquiryRound of)
    {
        public InquiryRound Of => of;

        public Task<bool>? Answers { get; set; }
    }
}
