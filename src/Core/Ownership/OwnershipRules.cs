namespace Sessions.Core.Ownership;

/// <summary>
/// When an activation may answer from what it holds. Activations of a session are unique only eventually: a node that was suspended or
/// cut off still holds what another one has changed since. So what is held is shown only while there is a proof that it was committed a
/// short time ago: a commit of the activation's own, a read of the row, or a look that found the versions that it holds. A proof counts
/// from before its question was sent, because the row may have changed between the store's answer and its arrival.
/// </summary>
internal static class OwnershipRules
{
    /// <summary>The instant of a proof that there never was.</summary>
    public const long Never = long.MinValue;

    /// <summary>Whether a proof still holds. All instants are timestamps of one monotonic clock.</summary>
    /// <param name="provenAt">When the question was sent that proved it; <see cref="Never"/> without a proof.</param>
    /// <param name="voidedAt">When all proofs so far were voided; <see cref="Never"/> if they never were.</param>
    /// <param name="now">The moment of deciding.</param>
    /// <param name="maxAge">How old a proof may be, in ticks of the clock.</param>
    public static bool IsCurrent(long provenAt, long voidedAt, long now, long maxAge) =>
        IsValid(provenAt, voidedAt) && now - provenAt < maxAge;

    /// <summary>
    /// Whether a proof is good for a call at any age, because its question was sent after the call had come: what it found held while the
    /// call was under way. So a store that takes longer than a proof holds makes answers late and not impossible.
    /// </summary>
    /// <param name="provenAt">When the question was sent that proved it; <see cref="Never"/> without a proof.</param>
    /// <param name="voidedAt">When all proofs so far were voided; <see cref="Never"/> if they never were.</param>
    /// <param name="calledAt">When the call had come.</param>
    public static bool IsSince(long provenAt, long voidedAt, long calledAt) => IsValid(provenAt, voidedAt) && provenAt >= calledAt;

    /// <summary>The newest proof after a commit that was sent at <paramref name="sentAt"/>.</summary>
    /// <param name="provenAt">The newest proof before.</param>
    /// <param name="sentAt">When the commit was sent.</param>
    /// <param name="hasData">Whether the session may have data. Writes of data do not touch the record, so a commit says nothing of them.</param>
    public static long AfterCommit(long provenAt, long sentAt, bool hasData) => hasData ? provenAt : Math.Max(provenAt, sentAt);

    /// <summary>Compares what a look found with what the activation holds.</summary>
    /// <param name="asked">What the activation held when it asked.</param>
    /// <param name="held">What it holds now.</param>
    /// <param name="found">What the store answered.</param>
    public static LookOutcome Judge(StoredVersions asked, StoredVersions held, StoredVersions found)
    {
        if (found.Version != held.Version)
        {
            // Versions only grow, and each is written once. So where the activation still holds what it held, the row is another's.
            return held.Version == asked.Version ? LookOutcome.Changed : LookOutcome.Undecided;
        }

        // Data may be known to be newer than the look, by a write of the activation's own. It is never behind without being changed.
        return found.DataVersion <= held.DataVersion ? LookOutcome.Current : LookOutcome.Changed;
    }

    // At the same instant it is not void: what is voided was asked before a standstill, and a clock that tests hold must not void for ever.
    private static bool IsValid(long provenAt, long voidedAt) => provenAt != Never && provenAt >= voidedAt;
}
