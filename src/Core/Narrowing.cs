using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>Tells the changes that holders of leases must know of before they return from those that may reach them with time.</summary>
internal static class Narrowing
{
    /// <summary>Whether something that was admitted under <paramref name="before"/> may be refused under <paramref name="after"/>.</summary>
    /// <remarks>On doubt it may: patterns that changed are not compared by what they match.</remarks>
    public static bool Of(SessionRecord before, SessionRecord after) =>
        (before.Status == SessionStatus.Active && after.Status != SessionStatus.Active)
        || after.ExpiresAt < before.ExpiresAt
        || (before.ExpiresAt is null && after.ExpiresAt is not null)
        || (before.Configuration.Permissions & ~after.Configuration.Permissions) != 0
        || IsNarrower(before.Configuration.FunctionPatterns, after.Configuration.FunctionPatterns)
        || (EffectiveTerms.PolicyPermissions(before) & ~EffectiveTerms.PolicyPermissions(after)) != 0
        || IsLower(EffectiveTerms.Quotas(before), EffectiveTerms.Quotas(after));

    /// <summary>How leases are called back before the change to <paramref name="after"/> is decided again and committed.</summary>
    /// <remarks>
    /// A session that goes on lets end what runs. Whether a session is idle is not known before its holders have answered; cancelled here,
    /// an execution that began a moment ago would be lost to an end that its own report prevents.
    /// </remarks>
    public static RecallReason RecallFor(SessionRecord after) =>
        after.Status == SessionStatus.Active || after.EndReason == EndReason.Idle ? RecallReason.Narrowed : RecallReason.Stopped;

    private static bool IsLower(SessionQuotas before, SessionQuotas after) => before.Lower(after) != before;

    /// <summary>No patterns admit all functions, so that only a change to none is surely none to less.</summary>
    private static bool IsNarrower(ImmutableArray<string> before, ImmutableArray<string> after) =>
        !after.IsEmpty && !after.SequenceEqual(before);
}
