using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using Sessions.Core;
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
    [FromKeyedServices(SessionsServices.GrainStorage)] IGrainStorage storage, IOptions<SessionsOptions> options) : Grain, ITemplateCatalogGrain
{
    private const int MaxNames = 10_000;
    private const int MaxAttempts = 4;

    private GrainStateRecord<TemplateCatalogState> State => field ??= new(storage, "sessions.template-catalog", this.GetGrainId());

    public async ValueTask<TemplateReply> Add(string name)
    {
        if (!TemplateReference.TryParse(name, null, out var template) || template.Version is not null)
        {
            return Refuse("name", "is not a template's name");
        }

        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var names = (await State.ReadAsync()).Names;
            if (names.Contains(name))
            {
                return new TemplateReply();
            }

            if (names.Length >= MaxNames)
            {
                return Refuse("name", $"would be the {MaxNames + 1}th template");
            }

            if (await State.TryWriteAsync(new TemplateCatalogState { Names = [.. names.Append(name).Order(StringComparer.Ordinal)] }))
            {
                return new TemplateReply();
            }
        }

        return new TemplateReply
        {
            Refusal = Refusals.Unavailable(null, "Other activations kept changing the list of templates; try again.", options.Value.RetryAfter),
        };
    }

    public async ValueTask<ImmutableArray<SessionTemplate>> List()
    {
        var replies = await Task.WhenAll((await State.ReadAsync()).Names.Select(name =>
            GrainFactory.GetTemplate(TemplateReference.Parse(name)).Get(null).AsTask()));
        return [.. replies.Select(reply => reply.Template).OfType<SessionTemplate>()];
    }

    private static TemplateReply Refuse(string field, string problem) =>
        new() { Refusal = SessionError.InvalidConfiguration(null, [new(field, problem)]) };
}
