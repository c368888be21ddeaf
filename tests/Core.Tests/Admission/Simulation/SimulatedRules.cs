using Sessions.Core.Admission;
using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>The rules of the session's life; adjusting is done here for as long as they do not know it.</summary>
internal static class SimulatedRules
{
    private static readonly bool KnowAdjust = Lifecycle.LegalIn(SessionStatus.Active).Contains(SessionVerb.Adjust);

    public static Decision Decide(SessionRecord record, SessionCommand command, DecisionFacts facts) =>
        KnowAdjust || command is not AdjustSession adjust ? SessionRules.Decide(record.Id, record, command, facts)
        : Lifecycle.IsFinal(record.Status) ? Decision.Refuse(Refusals.InvalidTransition(record, command.Verb))
        : Decision.Commit(
            record with
            {
                Version = record.Version + 1,
                ChangedAt = facts.Now,
                Configuration = record.Configuration with
                {
                    Permissions = adjust.Permissions ?? record.Configuration.Permissions,
                    FunctionPatterns = adjust.FunctionPatterns ?? record.Configuration.FunctionPatterns,
                    Quotas = adjust.Quotas ?? record.Configuration.Quotas,
                },
            },
            []);

    public static bool NeedsFence(SessionRecord before, SessionRecord after) =>
        GrantRules.NeedsFence(before, after)
        || (!KnowAdjust && before is { Status: SessionStatus.Active, Grant: not null } && IsNarrower(before, after));

    private static bool IsNarrower(SessionRecord before, SessionRecord after) =>
        after.ExpiresAt < before.ExpiresAt
        || (before.Configuration.Permissions & ~after.Configuration.Permissions) != 0
        || (!after.Configuration.FunctionPatterns.IsEmpty
            && !after.Configuration.FunctionPatterns.SequenceEqual(before.Configuration.FunctionPatterns))
        || before.Configuration.Quotas.Lower(after.Configuration.Quotas) != before.Configuration.Quotas;
}
