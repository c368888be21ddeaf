using Sessions.Core.Children;
using Sessions.Core.Isolation;

namespace Sessions.Core.Tests.Histories;

/// <summary>What the rules are asked to decide upon.</summary>
internal abstract record Input
{
    public sealed record Command(SessionCommand Value) : Input;

    public sealed record TimePasses : Input;

    public sealed record AnswersPass : Input;

    public sealed record PolicyChanges(EffectivePolicy Policy) : Input;

    public sealed record ProvisioningEnds(SessionStatus Stage, string? Failure) : Input;

    public sealed record ChildEnds(SessionRecord Child) : Input;
}

/// <summary>One decision: what was there, what was asked, what came of it.</summary>
internal sealed record Step(Input Input, DateTimeOffset Now, SessionRecord? Before, Decision Decision, SessionRecord? After)
{
    public bool IsCommit => Decision.Next is not null;

    /// <summary>What moves the session, told from the input alone, so that the code's own opinion is not asked.</summary>
    public SessionTrigger Trigger => Input switch
    {
        Input.Command command => (SessionTrigger)command.Value.Verb,
        Input.ProvisioningEnds { Failure: null } => SessionTrigger.Provisioned,
        Input.ProvisioningEnds => SessionTrigger.ProvisioningFailed,
        Input.ChildEnds => SessionTrigger.ChildEnded,
        Input.PolicyChanges => SessionTrigger.PolicyChanged,
        Input.TimePasses when Before?.NoticedEnd != After?.NoticedEnd => SessionTrigger.EndNear,
        _ when Before?.Status is SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused => SessionTrigger.TimeUp,
        _ => SessionTrigger.DeadlinePassed,
    };
}

/// <summary>The rules under test, each replaceable by a broken one.</summary>
internal sealed record Rules
{
    public static readonly Rules Real = new();

    public Func<SessionId, SessionRecord?, SessionCommand, DecisionFacts, Decision> Decide { get; init; } = SessionRules.Decide;

    public Func<SessionRecord, DecisionFacts, Decision> LetTimePass { get; init; } = SessionRules.LetTimePass;

    public Func<SessionRecord, EffectivePolicy, DateTimeOffset, Decision> ApplyPolicy { get; init; } = PolicyRules.Apply;

    public Func<SessionRecord, SessionStatus, string?, DateTimeOffset, Decision> EndProvisioning { get; init; } =
        SessionRules.EndProvisioning;

    public Func<SessionRecord, SessionRecord, DecisionFacts, Decision> EndChild { get; init; } = ChildRules.End;
}
