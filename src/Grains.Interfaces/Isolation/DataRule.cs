namespace Sessions;

/// <summary>What a rule about data decides.</summary>
[GenerateSerializer, Alias("sessions.RuleEffect")]
public enum RuleEffect : byte
{
    /// <summary>Not a value; a rule with it denies.</summary>
    Invalid = 0,

    /// <summary>Permits, where nothing denies.</summary>
    Allow = 1,

    /// <summary>Forbids, whatever else permits.</summary>
    Deny = 2,
}

/// <summary>What can be done with another session's data.</summary>
[Flags, GenerateSerializer, Alias("sessions.DataOperations")]
public enum DataOperations : byte
{
    /// <summary>Nothing; a rule with it is refused.</summary>
    None = 0,

    /// <summary>Get and list.</summary>
    Read = 1,

    /// <summary>Put and delete.</summary>
    Write = 2,

    /// <summary>Everything there is.</summary>
    All = Read | Write,
}

/// <summary>
/// One rule about who of the other sessions may do what with data. Rules stand in policies of namespaces and in sessions. Deny beats
/// allow; where no rule allows, nobody may; a rule that cannot be evaluated denies.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.DataRule")]
public sealed record DataRule
{
    /// <summary>Names the rule in traces, 1 to 63 characters, once per policy or session.</summary>
    [Id(0)]
    public string Name { get; init; } = "";

    /// <summary>Whether it permits or forbids.</summary>
    [Id(1)]
    public RuleEffect Effect { get; init; }

    /// <summary>Whom it means: the session that reaches out, not the one whose data it is.</summary>
    [Id(2)]
    public DataSubject Who { get; init; }

    /// <summary>What it is about.</summary>
    [Id(3)]
    public DataOperations Operations { get; init; }

    /// <summary>How the keys begin that it is about; empty for all keys. At most 128 bytes in UTF-8.</summary>
    [Id(4)]
    public string KeyPrefix { get; init => field = value ?? ""; } = "";

    /// <summary>Until when it holds; null for ever.</summary>
    [Id(5)]
    public DateTimeOffset? Until { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name}: {Effect} {Who} {Operations}{(KeyPrefix.Length == 0 ? "" : $" of '{KeyPrefix}…'")}{(Until is { } end ? $" until {end:u}" : "")}";
}
