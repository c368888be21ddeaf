using System.Collections.Immutable;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Templates;

/// <summary>The names of all templates, in ordinal order.</summary>
[GenerateSerializer, Immutable, Alias("sessions.TemplateCatalogState")]
internal sealed record TemplateCatalogState
{
    /// <summary>The names.</summary>
    [Id(0)]
    public ImmutableArray<string> Names { get => field.IsDefault ? [] : field; init; } = [];
}

[GrainType("session-template-catalog")]
internal sealed class TemplateCatalogGrain(
    [PersistentState("sessions.template-catalog", SessionsServices.GrainStorage)] IPersistentState<TemplateCatalogState> state)
    : Grain, ITemplateCatalogGrain
{
    private const int MaxNames = 10_000;

    public async ValueTask<TemplateReply> Add(string name)
    {
        var names = state.State.Names;
        if (!TemplateReference.TryParse(name, null, out var template) || template.Version is not null)
        {
            return Refuse("name", "is not a template's name");
        }

        if (names.Contains(name))
        {
            return new TemplateReply();
        }

        if (names.Length >= MaxNames)
        {
            return Refuse("name", $"would be the {MaxNames + 1}th template");
        }

        await state.WriteAsync(new TemplateCatalogState { Names = [.. names.Append(name).Order(StringComparer.Ordinal)] });
        return new TemplateReply();
    }

    public async ValueTask<ImmutableArray<SessionTemplate>> List()
    {
        var replies = await Task.WhenAll(state.State.Names.Select(name =>
            GrainFactory.GetTemplate(TemplateReference.Parse(name)).Get(null).AsTask()));
        return [.. replies.Select(reply => reply.Template).OfType<SessionTemplate>()];
    }

    private static TemplateReply Refuse(string field, string problem) =>
        new() { Refusal = SessionError.InvalidConfiguration(null, [new(field, problem)]) };
}
