namespace Sessions.Core.Isolation;

/// <summary>How what policies say becomes part of a session.</summary>
internal static class PolicyRules
{
    /// <summary>What a session is bound to where <paramref name="policy"/> holds; null where no policy says anything.</summary>
    public static PolicyBounds? BoundsOf(EffectivePolicy? policy) =>
        policy is { Revision: > 0 } ? new PolicyBounds { Revision = policy.Revision, Ceiling = policy.Ceiling } : null;

    /// <summary>
    /// Binds a session to what policies say now; nothing where that changes nothing for it. A session in a waiting state is bound when it has
    /// left it: until then nothing runs in it.
    /// </summary>
    public static Decision Apply(SessionRecord record, EffectivePolicy policy, DateTimeOffset now)
    {
        if (record.Status is not (SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused))
        {
            return Decision.None;
        }

        // An end that was moved nearer stays there when the policy gives way again: whoever wants more time renews.
        var end = SessionCeiling.Lower(record.ExpiresAt, record.CreatedAt + record.ClockStoppedFor + policy.Ceiling.MaxDuration);
        return IsBoundTo(record, policy) && end == record.ExpiresAt
            ? Decision.None
            : Change.ByItself(record, SessionTrigger.PolicyChanged, now)
                .To(record with { Bounds = BoundsOf(policy), ExpiresAt = end }, record.Status)
                .With(SessionEventType.PolicyApplied).Commit();
    }

    /// <summary>The record with the newest revision, where that says nothing new; worth no commit of its own.</summary>
    public static SessionRecord Restamp(SessionRecord record, EffectivePolicy? policy) =>
        policy is not null && IsBoundTo(record, policy) && BoundsOf(policy) != record.Bounds
            ? record with { Bounds = BoundsOf(policy) }
            : record;

    /// <summary>Whether the session was bound by a newer policy than this one, which is then not what holds now.</summary>
    public static bool IsBehind(EffectivePolicy policy, SessionRecord record) => policy.Revision < record.Bounds?.Revision;

    private static bool IsBoundTo(SessionRecord record, EffectivePolicy policy) =>
        (record.Bounds?.Ceiling ?? SessionCeiling.None) == policy.Ceiling;
}
