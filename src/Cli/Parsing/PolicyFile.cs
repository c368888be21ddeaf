using System.Collections.Immutable;
using System.Globalization;

namespace Sessions.Cli.Parsing;

/// <summary>
/// Reads a policy's definition from JSON: <c>{description, ceiling: {maxDuration, permissions, quotas}, maxLiveSessions, queue:
/// {maximum, wait}, dataRules: [{name, effect, who, operations, keyPrefix, until}], extends}</c>. Everything may be left out; what is not known is refused, because a
/// misspelled bound would otherwise be no bound.
/// </summary>
internal static class PolicyFile
{
    /// <exception cref="CliUsageException">The file cannot be read, or is too large.</exception>
    /// <exception cref="InvalidConfigurationException">It says something wrong.</exception>
    public static PolicyDefinition Read(string path) => Parse(JsonFile.Read(path));

    /// <exception cref="InvalidConfigurationException">The text says something wrong.</exception>
    public static PolicyDefinition Parse(ReadOnlyMemory<byte> json) => JsonFile.Parse(json, node =>
    {
        var definition = new PolicyDefinition
        {
            Description = node.Text("description"),
            Ceiling = node.Child("ceiling") is { } ceiling ? TemplateFile.ReadCeiling(ceiling) : SessionCeiling.None,
            MaxLiveSessions = node.Count("maxLiveSessions"),
            DataRules = node.Children("dataRules") is { } rules ? [.. rules.Select(ReadRule)] : null,
            Extends = node.Values("extends", ParseNamespace) ?? [],
            Queue = node.Child("queue") is { } queue ? ReadQueue(queue) : null,
        };
        node.RefuseOthers();
        return definition;
    });

    private static AdmissionQueue ReadQueue(TemplateNode node)
    {
        // What is missing or too large is out of bounds, and said to be.
        var queue = new AdmissionQueue((int)Math.Clamp(node.Count("maximum") ?? 0, int.MinValue, int.MaxValue), node.Duration("wait") ?? TimeSpan.Zero);
        node.RefuseOthers();
        return queue;
    }

    private static DataRule ReadRule(TemplateNode node)
    {
        var rule = new DataRule
        {
            Name = node.Text("name") ?? "",
            Effect = node.Value("effect", ParseEffect) ?? RuleEffect.Invalid,
            Who = node.Value("who", ParseSubject) ?? default,
            Operations = (node.Values("operations", ParseOperation) ?? []).Aggregate(DataOperations.None, (all, one) => all | one),
            KeyPrefix = node.Text("keyPrefix") ?? "",
            Until = node.Value("until", ParseInstant),
        };
        node.RefuseOthers();
        return rule;
    }

    private static Parsed<RuleEffect> ParseEffect(string text) => text switch
    {
        "allow" => RuleEffect.Allow,
        "deny" => RuleEffect.Deny,
        _ => Parsed<RuleEffect>.Wrong($"is {Plain.Quote(text)}, neither allow nor deny"),
    };

    /// <summary>Reads what is done with data.</summary>
    public static Parsed<DataOperations> ParseOperation(string text) => text switch
    {
        "read" => DataOperations.Read,
        "write" => DataOperations.Write,
        _ => Parsed<DataOperations>.Wrong($"is {Plain.Quote(text)}, neither read nor write"),
    };

    private static Parsed<DataSubject> ParseSubject(string text) => DataSubject.TryParse(text, out var who)
        ? who
        : Parsed<DataSubject>.Wrong($"is {Plain.Quote(text)}, neither a session nor a pattern of namespaces such as acme/*/eval or acme/**");

    private static Parsed<SessionNamespace> ParseNamespace(string text) => SessionNamespace.TryParse(text, out var name)
        ? name
        : Parsed<SessionNamespace>.Wrong($"is {Plain.Quote(text)}, not a namespace");

    private static Parsed<DateTimeOffset> ParseInstant(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : Parsed<DateTimeOffset>.Wrong($"is {Plain.Quote(text)}, not a time such as 2026-01-31T12:00:00Z");
}
