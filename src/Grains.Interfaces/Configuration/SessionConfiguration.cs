using System.Collections.Immutable;

namespace Sessions;

/// <summary>Everything that is decided about a session when it is made.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionConfiguration")]
public sealed record SessionConfiguration
{
    /// <summary>One hour; executing and composing; nothing limited.</summary>
    public static readonly SessionConfiguration Default = new();

    /// <summary>How long the session may live, from its creation. 1 s to 365 days.</summary>
    [Id(0)]
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What executions may do.</summary>
    [Id(1)]
    public SessionPermissions Permissions { get; init; } = SessionPermissions.ExecuteFunctions | SessionPermissions.ComposeFunctions;

    /// <summary>
    /// Names of the functions that may run, <c>*</c> standing for any run of characters; empty for all. At most 64, of 1 to 128
    /// characters each: letters, digits and <c>_ . : / - *</c>.
    /// </summary>
    [Id(2)]
    public ImmutableArray<string> FunctionPatterns { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>How much may be used.</summary>
    [Id(3)]
    public SessionQuotas Quotas { get; init => field = value ?? SessionQuotas.Unlimited; } = SessionQuotas.Unlimited;

    /// <summary>How the session behaves.</summary>
    [Id(4)]
    public SessionSettings Settings { get; init => field = value ?? SessionSettings.Default; } = SessionSettings.Default;

    /// <summary>
    /// The caller's own marks. At most 32; keys of 1 to 63 characters (letters, digits and <c>_ . / -</c>), values of 1 to 256.
    /// </summary>
    [Id(5)]
    public ImmutableSortedDictionary<string, string> Labels { get; init => field = SortedLabels.Ordered(value); } = SortedLabels.Empty;

    /// <summary>
    /// Who of other sessions may do what with this session's data, as far as the namespaces' policies permit it too. At most 64 rules;
    /// without any, nobody may.
    /// </summary>
    [Id(6)]
    public ImmutableArray<DataRule> DataRules { get => field.IsDefault ? [] : field; init; } = [];
}
