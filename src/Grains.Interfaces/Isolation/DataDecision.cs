using System.Collections.Immutable;

namespace Sessions;

/// <summary>What an access to another session's data is judged by, in the order of judging.</summary>
[GenerateSerializer, Alias("sessions.DataAccessStep")]
public enum DataAccessStep : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>The session that reaches out is active.</summary>
    Status = 1,

    /// <summary>Its time is not up.</summary>
    Expiry = 2,

    /// <summary>It may reach for others' data at all.</summary>
    Permission = 3,

    /// <summary>So does its namespace permit.</summary>
    CallerPolicy = 4,

    /// <summary>The rules of the session whose data it is permit it.</summary>
    OwnerRules = 5,

    /// <summary>The policies of that session's namespace permit it, every one that says something about data.</summary>
    Policy = 6,
}

/// <summary>One step of a decision about data.</summary>
/// <param name="Step">What was judged.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Rule">The rule that decided, or in words what was missing; null where no rule is asked.</param>
[GenerateSerializer, Immutable, Alias("sessions.DataAccessCheck")]
public sealed record DataAccessCheck(
    [property: Id(0)] DataAccessStep Step,
    [property: Id(1)] bool Passed,
    [property: Id(2)] string? Rule);

/// <summary>Whether one session may touch another's data, and what decided it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.DataDecision")]
public sealed record DataDecision
{
    /// <summary>Every step in the order of judging, up to the one that refused. Empty where nobody asked for it and nothing refused.</summary>
    [Id(0)]
    public ImmutableArray<DataAccessCheck> Trace { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Why it may not; null if it may.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }

    /// <summary>Whether it may.</summary>
    public bool IsPermitted => Refusal is null;
}

/// <summary>What one session wants to do with another's data.</summary>
[GenerateSerializer, Immutable, Alias("sessions.DataAccessRequest")]
public readonly record struct DataAccessRequest
{
    /// <summary>Either to read or to write.</summary>
    [Id(0)]
    public DataOperations Operation { get; init; }

    /// <summary>Which key, or how the keys begin that are listed.</summary>
    [Id(1)]
    public string? Key { get; init; }

    /// <summary>Whether <see cref="Key"/> is how keys begin, and all of those are wanted.</summary>
    [Id(2)]
    public bool IsPrefix { get; init; }
}

/// <summary>What is looked at of the session that reaches out.</summary>
public readonly record struct DataCallerFacts
{
    /// <summary>Which session.</summary>
    public required SessionId SessionId { get; init; }

    /// <summary>Where it lives.</summary>
    public required SessionNamespace Namespace { get; init; }

    /// <summary>Its state; Invalid where there is no such session.</summary>
    public SessionStatus Status { get; init; }

    /// <summary>How long it may still run; zero or less when its time is up, null where its end is open.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>When its time was up, for the refusal to name.</summary>
    public DateTimeOffset? ExpiredAt { get; init; }

    /// <summary>What its configuration permits.</summary>
    public SessionPermissions Permissions { get; init; }

    /// <summary>What its namespace permits.</summary>
    public SessionPermissions PolicyPermissions { get; init; }
}

/// <summary>What is looked at of the session whose data it is.</summary>
public readonly record struct DataOwnerFacts
{
    /// <summary>Which session.</summary>
    public required SessionId SessionId { get; init; }

    /// <summary>Where it lives.</summary>
    public required SessionNamespace Namespace { get; init; }

    /// <summary>Its own rules.</summary>
    public ImmutableArray<DataRule> Rules { get => field.IsDefault ? [] : field; init; }

    /// <summary>What the policies of its namespace say; null where nobody can know, which refuses.</summary>
    public ImmutableArray<DataRuleSet>? Policies { get; init; }

    /// <summary>The moment of asking: rules that have run out do not count.</summary>
    public required DateTimeOffset Now { get; init; }
}
