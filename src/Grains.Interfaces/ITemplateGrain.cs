using System.Collections.Immutable;

namespace Sessions;

/// <summary>One template with all its versions; see <see cref="GrainFactoryExtensions.GetTemplate"/> for its key.</summary>
[Alias("sessions.ITemplateGrain")]
public interface ITemplateGrain : IGrainWithStringKey
{
    /// <summary>Adds a version; a definition equal to the latest adds none and answers with that.</summary>
    /// <param name="definition">What it says.</param>
    /// <param name="actor">Who sets it.</param>
    /// <param name="commandId">
    /// Names the command: repeated under the same id within the silos' answer window it gets the version of its first answer and sets nothing.
    /// Null for one that is not recognised.
    /// </param>
    [Alias("Set")]
    ValueTask<TemplateReply> Set(TemplateDefinition definition, Principal actor, CommandId? commandId = null);

    /// <summary>One version; null for the latest.</summary>
    [Alias("Get")]
    ValueTask<TemplateReply> Get(int? version);
}

/// <summary>The names of all templates. One grain, keyed <see cref="Key"/>.</summary>
[Alias("sessions.ITemplateCatalogGrain")]
public interface ITemplateCatalogGrain : IGrainWithStringKey
{
    /// <summary>The key of the one catalog.</summary>
    const string Key = "templates";

    /// <summary>Makes a name known; again is no change.</summary>
    [Alias("Add")]
    ValueTask<TemplateReply> Add(string name);

    /// <summary>The latest version of every template, by name.</summary>
    [Alias("List")]
    ValueTask<ImmutableArray<SessionTemplate>> List();
}

/// <summary>The answer about a template: it, or the refusal.</summary>
[GenerateSerializer, Immutable, Alias("sessions.TemplateReply")]
public sealed record TemplateReply
{
    /// <summary>The template; null when refused, and from <see cref="ITemplateCatalogGrain.Add"/>.</summary>
    [Id(0)]
    public SessionTemplate? Template { get; init; }

    /// <summary>Why it was refused.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }
}
