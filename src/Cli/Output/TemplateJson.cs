using System.Collections.Immutable;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Output;

/// <summary>A template for machines; <see cref="Definition"/> is what a template's file may say.</summary>
internal sealed record TemplateJson(string Name, int Version, DateTimeOffset SetAt, Principal SetBy, DefinitionJson Definition)
{
    public static TemplateJson Of(SessionTemplate template) => new(
        template.Name, template.Version, template.SetAt, template.SetBy, DefinitionJson.Of(template.Definition));
}

internal sealed record TemplatesJson(IEnumerable<TemplateJson> Templates);

internal sealed record DefinitionJson(string? Description, ConfigurationJson Configuration, CeilingJson Ceiling, string? Provisioner)
{
    public static DefinitionJson Of(TemplateDefinition definition) => new(
        definition.Description,
        ConfigurationJson.Of(definition.Configuration),
        CeilingJson.Of(definition.Ceiling),
        definition.Provisioner);
}

internal sealed record ConfigurationJson(
    TimeSpan MaxDuration,
    string[] Permissions,
    ImmutableArray<string> FunctionPatterns,
    SessionQuotas Quotas,
    SettingsJson Settings,
    ImmutableSortedDictionary<string, string> Labels)
{
    public static ConfigurationJson Of(SessionConfiguration configuration) => new(
        configuration.MaxDuration,
        PermissionText.Write(configuration.Permissions),
        configuration.FunctionPatterns,
        configuration.Quotas,
        SettingsJson.Of(configuration.Settings),
        configuration.Labels);
}

internal sealed record CeilingJson(TimeSpan? MaxDuration, string[]? Permissions, SessionQuotas Quotas)
{
    public static CeilingJson Of(SessionCeiling ceiling) => new(
        ceiling.MaxDuration,
        ceiling.Permissions is { } permissions ? PermissionText.Write(permissions) : null,
        ceiling.Quotas);
}
