namespace Sessions;

/// <summary>What a template says: a configuration to start from, a ceiling for what overrides may ask, and who provisions.</summary>
[GenerateSerializer, Immutable, Alias("sessions.TemplateDefinition")]
public sealed record TemplateDefinition
{
    /// <summary>What the template is for, at most 1,024 characters.</summary>
    [Id(0)]
    public string? Description { get; init; }

    /// <summary>The configuration that sessions start from.</summary>
    [Id(1)]
    public SessionConfiguration Configuration { get; init; } = SessionConfiguration.Default;

    /// <summary>The most that overrides and renewals may reach.</summary>
    [Id(2)]
    public SessionCeiling Ceiling { get; init; } = SessionCeiling.None;

    /// <summary>The name of the provisioner that prepares what these sessions need; null for none.</summary>
    [Id(3)]
    public string? Provisioner { get; init; }
}

/// <summary>One version of a named template. Versions never change; setting a template adds one.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionTemplate")]
public sealed record SessionTemplate
{
    /// <summary>The template's name.</summary>
    [Id(0)]
    public string Name { get; init; } = "";

    /// <summary>Counted from 1.</summary>
    [Id(1)]
    public int Version { get; init; }

    /// <summary>What it says.</summary>
    [Id(2)]
    public TemplateDefinition Definition { get; init; } = new();

    /// <summary>When this version was set.</summary>
    [Id(3)]
    public DateTimeOffset SetAt { get; init; }

    /// <summary>Who set it.</summary>
    [Id(4)]
    public Principal SetBy { get; init; }
}
