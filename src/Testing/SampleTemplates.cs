using System.Collections.Immutable;
using Sessions.Client;

namespace Sessions.Testing;

/// <summary>Templates for tests, one of each of <see cref="SampleConfigurations"/>.</summary>
public static class SampleTemplates
{
    /// <summary>The template of <see cref="SampleConfigurations.Minimal"/>.</summary>
    public static TemplateReference Minimal { get; } = TemplateReference.Parse("minimal");

    /// <summary>The template of <see cref="SampleConfigurations.Notebook"/>.</summary>
    public static TemplateReference Notebook { get; } = TemplateReference.Parse("notebook");

    /// <summary>The template of <see cref="SampleConfigurations.Evaluation"/>; its sessions last four hours at most.</summary>
    public static TemplateReference Evaluation { get; } = TemplateReference.Parse("evaluation");

    /// <summary>What each of them says.</summary>
    public static ImmutableArray<(TemplateReference Name, TemplateDefinition Definition)> All { get; } =
    [
        (Minimal, new TemplateDefinition { Configuration = SampleConfigurations.Minimal }),
        (Notebook, new TemplateDefinition { Description = "A person's notebook.", Configuration = SampleConfigurations.Notebook }),
        (Evaluation, new TemplateDefinition
        {
            Description = "A batch evaluation.",
            Configuration = SampleConfigurations.Evaluation,
            Ceiling = SessionCeiling.None with { MaxDuration = TimeSpan.FromHours(4) },
        }),
    ];

    /// <summary>Sets all of them. Safe to repeat.</summary>
    public static async Task SetAsync(ISessionsClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        foreach (var (name, definition) in All)
        {
            await client.SetTemplateAsync(name, definition);
        }
    }
}
