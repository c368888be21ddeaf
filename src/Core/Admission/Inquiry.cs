namespace Sessions.Core.Admission;

/// <summary>
/// What has to be asked before one answer that may refuse for a limit. Such a refusal stands only if what runs and what is spent reaches the
/// limit, and everybody who may have less in use than is known has been heard since the question came.
/// </summary>
/// <param name="asker">The lease that is asked for; none for others.</param>
/// <param name="wanted">What holders are to give back: all that is idle where somebody is refused otherwise.</param>
internal sealed class Inquiry(LeaseId asker, IdleShare wanted)
{
    // What comes free can be taken by another each time; but those are admitted, and then it is they who use it.
    private const int MaxRounds = 3;

    private int rounds;
    private bool hasGaps;

    /// <summary>The lease that is asked for; none for others.</summary>
    public LeaseId Asker => asker;

    /// <summary>What holders are to give back.</summary>
    public IdleShare Wanted => wanted;

    /// <summary>Whether the limit is one that holders may have idle units of which help at once when they come back.</summary>
    public static bool Concerns(AdmissionStep? limit) => limit is AdmissionStep.Executions or AdmissionStep.Concurrent or AdmissionStep.ComputeTime;

    /// <summary>What is to be done about a refusal by this limit.</summary>
    public Verdict Judge(AdmissionLedger ledger, AdmissionStep limit, long now)
    {
        if (!Concerns(limit) || wanted == IdleShare.Half)
        {
            // Whoever does not wait for it now, or is not helped by it now, finds next time what comes back.
            return rounds == 0 && (Concerns(limit) || limit == AdmissionStep.PerSecond) ? Verdict.AskSometime : Verdict.Stands;
        }

        // What is spent stays spent; what runs may have ended since its holder was heard of last.
        if (ledger.IsReached(limit, now)
            && (limit == AdmissionStep.Executions || (rounds > 0 && !hasGaps) || !ledger.Leases.Any(account => account.Lease != asker && account.MayUseLessOf(limit))))
        {
            return Verdict.Stands;
        }

        return hasGaps || rounds == MaxRounds ? Verdict.Undecided : Verdict.Ask;
    }

    /// <summary>Takes note of a round of questions.</summary>
    /// <param name="all">Whether all have answered.</param>
    public void Heard(bool all) => (rounds, hasGaps) = (rounds + 1, !all);
}

/// <summary>On whose behalf all holders are asked together, and so whom not, and for what.</summary>
/// <param name="first">The lease for which it is asked first; none for others.</param>
/// <param name="wanted">What holders are to give back for that.</param>
internal sealed class InquiryRound(LeaseId first, IdleShare wanted)
{
    /// <summary>Whose word is as fresh as an answer would be: that of the only one who asks; none where several do.</summary>
    public LeaseId Except { get; private set; } = first;

    /// <summary>What holders are to give back: what helps the one who needs most.</summary>
    public IdleShare Wanted { get; private set; } = wanted;

    /// <summary>Takes in one more who asks.</summary>
    public void Join(LeaseId asker, IdleShare wants)
    {
        Except = asker == Except ? asker : default;
        Wanted = wants == IdleShare.All || Wanted == IdleShare.Nothing ? wants : Wanted;
    }
}

/// <summary>What is to be done about a refusal by a limit.</summary>
internal enum Verdict
{
    /// <summary>It stands.</summary>
    Stands = 0,

    /// <summary>All holders have to be asked first, from now on.</summary>
    Ask = 1,

    /// <summary>Holders are to be asked for half of what is idle, unless that was done just now.</summary>
    AskSometime = 2,

    /// <summary>It cannot be known, because somebody does not answer.</summary>
    Undecided = 3,
}
