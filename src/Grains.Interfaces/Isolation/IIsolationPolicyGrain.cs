using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Sessions;

/// <summary>
/// The policy of one namespace, with all its versions; see <see cref="GrainFactoryExtensions.GetIsolationPolicy"/> for its key. Refusals are
/// values in the replies.
/// </summary>
[Alias("sessions.IIsolationPolicyGrain")]
public interface IIsolationPolicyGrain : IGrainWithStringKey
{
    /// <summary>Adds a version; a definition equal to the newest adds none and answers with that.</summary>
    [Alias("Set")]
    ValueTask<PolicyReply> Set(SetPolicy request);

    /// <summary>The newest version; none in the reply where none was ever set.</summary>
    [Alias("Get"), AlwaysInterleave]
    ValueTask<PolicyReply> Get();

    /// <summary>The versions, newest first.</summary>
    /// <param name="beforeVersion">The oldest version that is known already; null for none.</param>
    /// <param name="limit">1 to 1,000.</param>
    [Alias("GetHistory"), AlwaysInterleave]
    ValueTask<PolicyHistory> GetHistory(long? beforeVersion, int limit);

    /// <summary>What all policies that count for the namespace say together, and how many sessions are live by each maximum.</summary>
    [Alias("GetEffective"), AlwaysInterleave]
    ValueTask<EffectivePolicyReply> GetEffective();

    /// <summary>What each policy that counts says to an execution with these permissions, and to one more live session; the first that does not permit decides.</summary>
    [Alias("Explain"), AlwaysInterleave]
    ValueTask<PolicyExplanation> Explain(SessionPermissions permissions);

    /// <summary>
    /// What the rules of each policy that counts say to an access to the data of sessions here; the first that does not permit decides.
    /// A session's own rules, and what the caller may do, are not looked at.
    /// </summary>
    /// <param name="caller">The session that reaches out; it need not exist.</param>
    /// <param name="callerNamespace">Where it lives.</param>
    /// <param name="request">What for.</param>
    [Alias("ExplainData"), AlwaysInterleave]
    ValueTask<PolicyExplanation> ExplainData(SessionId caller, SessionNamespace callerNamespace, DataAccessRequest request);

    /// <summary>
    /// Decides early whether the session may become live. Refuses only what the store would refuse too, and what it lets pass the store may
    /// still refuse: the store decides.
    /// </summary>
    /// <returns>Why not; null if it may.</returns>
    [Alias("Admit"), AlwaysInterleave]
    ValueTask<SessionError?> Admit(SessionId session);

    /// <summary>How many sessions of the namespace and all below it are live, as the grain knows by now.</summary>
    [Alias("CountLive"), AlwaysInterleave]
    ValueTask<LiveCount> CountLive();
}

/// <summary>Says what a policy is to be.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SetPolicy")]
public sealed record SetPolicy
{
    /// <summary>What it says from now on.</summary>
    [Id(0)]
    public PolicyDefinition Definition { get; init => field = value ?? PolicyDefinition.None; } = PolicyDefinition.None;

    /// <summary>The version that is to be replaced, 0 for none yet; null for whichever there is.</summary>
    [Id(1)]
    public long? ExpectedVersion { get; init; }

    /// <summary>Who sets it.</summary>
    [Id(2)]
    public Principal Actor { get; init; }

    /// <summary>Why; at most 512 characters.</summary>
    [Id(3)]
    public string? Reason { get; init; }

    /// <summary>Whether to return only when every live session that it means is bound to it. Otherwise that takes one lease.</summary>
    [Id(4)]
    public bool ApplyNow { get; init; }

    /// <summary>
    /// Names the command: repeated under the same id within the silos' answer window it gets the version of its first answer and sets nothing.
    /// Null for one that is not recognised.
    /// </summary>
    [Id(5)]
    public CommandId? CommandId { get; init; }
}

/// <summary>The answer about a policy: it, or the refusal.</summary>
[GenerateSerializer, Immutable, Alias("sessions.PolicyReply")]
public sealed record PolicyReply
{
    /// <summary>The policy; null when refused, and where there is none.</summary>
    [Id(0)]
    public NamespacePolicy? Policy { get; init; }

    /// <summary>Why it was refused.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }

    /// <summary>What became of <see cref="SetPolicy.ApplyNow"/>; null where that was not asked for.</summary>
    [Id(2)]
    public PolicyReach? Reach { get; init; }
}

/// <summary>Whom a policy has reached by the time it is answered.</summary>
[GenerateSerializer, Immutable, Alias("sessions.PolicyReach")]
public sealed record PolicyReach
{
    /// <summary>How many live sessions are bound to it.</summary>
    [Id(0)]
    public long Sessions { get; init; }

    /// <summary>How many could not be told; they admit nothing new under what was before once a lease is over.</summary>
    [Id(1)]
    public long Missed { get; init; }

    /// <summary>Some of those, at most 100.</summary>
    [Id(2)]
    public ImmutableArray<SessionId> MissedSessions { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>How many silos could not be told; each learns of it within a lease, or admits nothing.</summary>
    [Id(3)]
    public int MissedSilos { get; init; }
}

/// <summary>Versions of a policy, newest first.</summary>
[GenerateSerializer, Immutable, Alias("sessions.PolicyHistory")]
public sealed record PolicyHistory
{
    /// <summary>The versions.</summary>
    [Id(0)]
    public ImmutableArray<NamespacePolicy> Policies { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Why the question was refused.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }
}

/// <summary>What holds in a namespace, or why that cannot be said.</summary>
[GenerateSerializer, Immutable, Alias("sessions.EffectivePolicyReply")]
public sealed record EffectivePolicyReply
{
    /// <summary>What holds; null when refused.</summary>
    [Id(0)]
    public EffectivePolicy? Policy { get; init; }

    /// <summary>How many sessions are live by each maximum, outermost first.</summary>
    [Id(1)]
    public ImmutableArray<LiveCount> Live { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Why the question was refused.</summary>
    [Id(2)]
    public SessionError? Refusal { get; init; }
}

/// <summary>What policies say to one question, step by step.</summary>
[GenerateSerializer, Immutable, Alias("sessions.PolicyExplanation")]
public sealed record PolicyExplanation
{
    /// <summary>Every policy that has a say, outermost first.</summary>
    [Id(0)]
    public ImmutableArray<PolicyStep> Steps { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Why the question was refused.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }

    /// <summary>Whether every step permits it; false where nothing could be said.</summary>
    public bool IsPermitted => Refusal is null && Steps.All(step => step.Passed);

    /// <summary>The step that decides against it; null if none does.</summary>
    public PolicyStep? Deciding => Steps.FirstOrDefault(step => !step.Passed);
}

/// <summary>What one policy says.</summary>
/// <param name="Namespace">Whose policy.</param>
/// <param name="Rule">What it says, in words.</param>
/// <param name="Passed">Whether it permits what was asked.</param>
[GenerateSerializer, Immutable, Alias("sessions.PolicyStep")]
public sealed record PolicyStep(
    [property: Id(0)] SessionNamespace Namespace, [property: Id(1)] string Rule, [property: Id(2)] bool Passed);
