namespace Sessions.Core.Admission;

/// <summary>How the right to grant is taken, kept and let go: commits of usage, which no event reports.</summary>
internal static class GrantRules
{
    /// <summary>Whether the mark is another activation's, so that it has to be taken over before anything is granted or fenced.</summary>
    public static bool IsForeign(SessionRecord record, long? epoch) => record.Grant is { } mark && mark.Epoch != epoch;

    /// <summary>Whether a change has to wait until nobody can admit anything any more under the terms before it.</summary>
    public static bool NeedsFence(SessionRecord before, SessionRecord after) =>
        before is { Status: SessionStatus.Active, Grant: not null } && Narrowing.Of(before, after);

    /// <summary>Takes the right, from nobody or from another activation. What the other had debited is charged.</summary>
    /// <param name="record">The record, with the usage as known now.</param>
    /// <param name="debit">How much more.</param>
    /// <param name="now">The moment.</param>
    /// <param name="ledger">Who has a lease already that nobody else granted; null where the right is another's.</param>
    public static SessionRecord Claim(SessionRecord record, Debit debit, DateTimeOffset now, AdmissionLedger? ledger = null)
    {
        var charged = record.Grant is { } foreign ? Charge(record.Usage, foreign) : record.Usage;
        var mark = (record.Grant ?? new GrantMark { IsListed = true }) with
        {
            Epoch = record.Version + 1,
            Executions = charged.ChargedExecutions,
            ComputeTime = charged.ChargedComputeTime,
            IsReleased = false,
        };
        if (record.Grant is { IsListed: true } listed)
        {
            mark = mark with
            {
                Unclaimed = listed.Unclaimed + charged.Forfeited - record.Usage.Forfeited,
                UnclaimedComputeTime = listed.UnclaimedComputeTime + charged.ForfeitedComputeTime - record.Usage.ForfeitedComputeTime,
            };
        }

        return Next(record with { Usage = charged }, now) with
        {
            Grant = Debited((ledger?.List(mark) ?? mark) with { IsListed = true }, debit, EffectiveTerms.Quotas(record)),
        };
    }

    /// <summary>
    /// The usage of a session with what another activation has debited and not reported as forfeited: its holders may have used it
    /// all, and those that come back say how much.
    /// </summary>
    public static SessionUsage Charge(SessionUsage usage, GrantMark foreign) => usage with
    {
        // Of a mark without a list nobody can come back, and nobody reports the end of what ran.
        Abandoned = foreign.IsListed ? usage.Abandoned : usage.Executions - usage.Succeeded - usage.Failed - usage.Cancelled,
        Forfeited = usage.Forfeited + Math.Max(0, foreign.Executions - usage.ChargedExecutions),
        ForfeitedComputeTime = foreign.ComputeTime > usage.ChargedComputeTime
            ? usage.ForfeitedComputeTime + foreign.ComputeTime - usage.ChargedComputeTime
            : usage.ForfeitedComputeTime,
    };

    /// <summary>Commits usage, and debits more.</summary>
    /// <param name="overlaid">The record with the usage as known now.</param>
    /// <param name="debit">How much more.</param>
    /// <param name="now">The moment.</param>
    public static SessionRecord Checkpoint(SessionRecord overlaid, Debit debit, DateTimeOffset now) => Next(overlaid, now) with
    {
        Grant = overlaid.Grant is { } mark ? Debited(mark, debit, EffectiveTerms.Quotas(overlaid)) : null,
    };

    /// <summary>Commits usage, and lets the right go with whatever is still out, for the next activation to take over as it stands.</summary>
    public static SessionRecord Release(SessionRecord overlaid, DateTimeOffset now) => Next(overlaid, now) with
    {
        Grant = overlaid.Grant is { } mark ? mark with { IsReleased = true } : null,
    };

    /// <summary>Debits, and never beyond the limit: many may have asked for the same last units.</summary>
    private static GrantMark Debited(GrantMark mark, Debit debit, SessionQuotas quotas) => mark with
    {
        Executions = Math.Max(mark.Executions, Math.Min(mark.Executions + debit.Executions, quotas.Executions ?? long.MaxValue)),
        ComputeTime = quotas.ComputeTime is { } limit && mark.ComputeTime + debit.ComputeTime > limit
            ? (mark.ComputeTime > limit ? mark.ComputeTime : limit)
            : mark.ComputeTime + debit.ComputeTime,
    };

    private static SessionRecord Next(SessionRecord record, DateTimeOffset now) =>
        record with { Version = record.Version + 1, ChangedAt = now };
}
