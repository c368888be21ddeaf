namespace Sessions.Core.Admission;

/// <summary>How the right to grant is taken, kept and let go: commits of usage, which no event reports.</summary>
internal static class GrantRules
{
    /// <summary>Whether the mark is another activation's, so that it has to be taken over before anything is granted or fenced.</summary>
    public static bool IsForeign(SessionRecord record, long? epoch) => record.Grant is { } mark && mark.Epoch != epoch;

    /// <summary>Whether a change has to wait until nobody can admit anything any more under the terms before it.</summary>
    public static bool NeedsFence(SessionRecord before, SessionRecord after) =>
        before is { Status: SessionStatus.Active, Grant: not null } && Narrowing.Of(before, after);

    /// <summary>
    /// Takes the right, from nobody or from another activation. What the other had debited is charged: its holders may have used it
    /// all, and whoever knew how much is gone.
    /// </summary>
    public static SessionRecord Claim(SessionRecord record, Debit debit, DateTimeOffset now)
    {
        var usage = record.Usage;
        if (record.Grant is { } foreign)
        {
            // What the record has as running too: nobody reports its end any more.
            var executions = Math.Max(usage.Executions, foreign.Executions);
            usage = usage with
            {
                Abandoned = executions - usage.Succeeded - usage.Failed - usage.Cancelled,
                Executions = executions,
                ComputeTime = usage.ComputeTime >= foreign.ComputeTime ? usage.ComputeTime : foreign.ComputeTime,
            };
        }

        return Next(record with { Usage = usage }, now) with
        {
            Grant = Debited(
                new GrantMark { Epoch = record.Version + 1, Executions = usage.Executions, ComputeTime = usage.ComputeTime },
                debit,
                EffectiveTerms.Quotas(record)),
        };
    }

    /// <summary>Commits usage, and debits more.</summary>
    /// <param name="overlaid">The record with the usage as known now.</param>
    /// <param name="debit">How much more.</param>
    /// <param name="now">The moment.</param>
    public static SessionRecord Checkpoint(SessionRecord overlaid, Debit debit, DateTimeOffset now) => Next(overlaid, now) with
    {
        Grant = overlaid.Grant is { } mark ? Debited(mark, debit, EffectiveTerms.Quotas(overlaid)) : null,
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
