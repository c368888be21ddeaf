using System.Collections.Immutable;

namespace Sessions;

/// <summary>What holds in a namespace and all below it. Inherited downwards: what several say is intersected.</summary>
[GenerateSerializer, Immutable, Alias("sessions.PolicyDefinition")]
public sealed record PolicyDefinition
{
    /// <summary>Says nothing; setting it takes back what was said.</summary>
    public static readonly PolicyDefinition None = new();

    /// <summary>What the policy is for, at most 1,024 characters.</summary>
    [Id(0)]
    public string? Description { get; init; }

    /// <summary>The most that a session of the namespace may have.</summary>
    [Id(1)]
    public SessionCeiling Ceiling { get; init => field = value ?? SessionCeiling.None; } = SessionCeiling.None;

    /// <summary>How many sessions of the namespace and all below it may be live (Activating, Active or Paused) at one moment, 0 to 10⁶; null for any number.</summary>
    [Id(2)]
    public long? MaxLiveSessions { get; init; }

    /// <summary>
    /// Who of other sessions may do what with the data of sessions here, at most 256 rules. Null says nothing about it and leaves it to
    /// the other policies on the path; an empty list permits nobody. Where no policy on the path says anything, nobody may.
    /// </summary>
    [Id(3)]
    public ImmutableArray<DataRule>? DataRules { get => field is { IsDefault: true } ? [] : field; init; }

    /// <summary>Namespaces of the same tenant whose policies hold here too, at most 8. None of them may lead back here.</summary>
    [Id(4)]
    public ImmutableArray<SessionNamespace> Extends { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>
    /// Who finds <see cref="MaxLiveSessions"/> reached may wait for a place, within these bounds. Null: nobody waits, and whoever finds no
    /// place is refused. Only together with a maximum.
    /// </summary>
    [Id(5)]
    public AdmissionQueue? Queue { get; init; }
}

/// <summary>How many may wait for a place among the live sessions of a namespace, and how long.</summary>
/// <param name="Maximum">How many sessions, 1 to 10,000; whoever comes after them is refused.</param>
/// <param name="Wait">How long each, 1 s to 1 h; whoever has found no place by then is refused.</param>
[GenerateSerializer, Immutable, Alias("sessions.AdmissionQueue")]
public sealed record AdmissionQueue([property: Id(0)] int Maximum, [property: Id(1)] TimeSpan Wait);

/// <summary>One version of a namespace's policy. Versions never change; setting a policy adds one.</summary>
[GenerateSerializer, Immutable, Alias("sessions.NamespacePolicy")]
public sealed record NamespacePolicy
{
    /// <summary>Where it holds, with all below.</summary>
    [Id(0)]
    public SessionNamespace Namespace { get; init; }

    /// <summary>Counted from 1 per namespace.</summary>
    [Id(1)]
    public long Version { get; init; }

    /// <summary>Orders the changes of all policies.</summary>
    [Id(2)]
    public long Revision { get; init; }

    /// <summary>What it says.</summary>
    [Id(3)]
    public PolicyDefinition Definition { get; init => field = value ?? PolicyDefinition.None; } = PolicyDefinition.None;

    /// <summary>When it was set.</summary>
    [Id(4)]
    public DateTimeOffset SetAt { get; init; }

    /// <summary>Who set it.</summary>
    [Id(5)]
    public Principal SetBy { get; init; }

    /// <summary>Why.</summary>
    [Id(6)]
    public string? Reason { get; init; }
}

/// <summary>What all policies on the path of a namespace, and those that they extend, say together.</summary>
[GenerateSerializer, Immutable, Alias("sessions.EffectivePolicy")]
public sealed record EffectivePolicy
{
    /// <summary>For whom.</summary>
    [Id(0)]
    public SessionNamespace Namespace { get; init; }

    /// <summary>The newest revision among the policies that say something here; 0 where none does.</summary>
    [Id(1)]
    public long Revision { get; init; }

    /// <summary>The most that a session may have: the intersection.</summary>
    [Id(2)]
    public SessionCeiling Ceiling { get; init => field = value ?? SessionCeiling.None; } = SessionCeiling.None;

    /// <summary>Every maximum of live sessions that counts this namespace's, outermost first.</summary>
    [Id(3)]
    public ImmutableArray<LiveLimit> LiveLimits { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>The rules about data, of every policy that says something about it, outermost first. Every one of them has to permit.</summary>
    [Id(4)]
    public ImmutableArray<DataRuleSet> DataRules { get => field.IsDefault ? [] : field; init; } = [];
}

/// <summary>A maximum of live sessions.</summary>
/// <param name="Namespace">Of which namespace, with all below it.</param>
/// <param name="Maximum">How many.</param>
[GenerateSerializer, Immutable, Alias("sessions.LiveLimit")]
public sealed record LiveLimit([property: Id(0)] SessionNamespace Namespace, [property: Id(1)] long Maximum)
{
    /// <summary>Within which bounds others may wait for a place; null if nobody may.</summary>
    [Id(2)]
    public AdmissionQueue? Queue { get; init; }
}

/// <summary>How many sessions are live.</summary>
/// <param name="Namespace">In which namespace, with all below it.</param>
/// <param name="Maximum">How many may be; null for any number.</param>
/// <param name="Live">How many are.</param>
[GenerateSerializer, Immutable, Alias("sessions.LiveCount")]
public sealed record LiveCount(
    [property: Id(0)] SessionNamespace Namespace, [property: Id(1)] long? Maximum, [property: Id(2)] long Live)
{
    /// <summary>How many sessions wait for a place; null where none may, and where it could not be learnt.</summary>
    [Id(3)]
    public long? Waiting { get; init; }
}

/// <summary>The rules about data that one policy states.</summary>
/// <param name="Namespace">Whose policy.</param>
/// <param name="Rules">What it says; empty permits nobody.</param>
[GenerateSerializer, Immutable, Alias("sessions.DataRuleSet")]
public sealed record DataRuleSet([property: Id(0)] SessionNamespace Namespace, [property: Id(1)] ImmutableArray<DataRule> Rules);
