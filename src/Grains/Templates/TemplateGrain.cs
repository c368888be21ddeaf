using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Core;
using Sessions.Core.Stored;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Templates;

/// <summary>All versions of one template.</summary>
[GenerateSerializer, Immutable, Alias("sessions.TemplateState")]
internal sealed record TemplateState
{
    /// <summary>Version n is at index n − 1.</summary>
    [Id(0)]
    public ImmutableArray<SessionTemplate> Versions { get => field.IsDefault ? [] : field; init; } = [];
}

[GrainType("session-template")]
internal sealed class TemplateGrain(
    [PersistentState("sessions.template", SessionsServices.GrainStorage)] IPersistentState<TemplateState> state,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time) : Grain, ITemplateGrain
{
    private const int MaxVersions = 1000;

    private TemplateReference Reference => GrainFactoryExtensions.TemplateOf(this.GetPrimaryKeyString());

    public async ValueTask<TemplateReply> Set(TemplateDefinition definition, Principal actor)
    {
        var faults = ConfigurationRules.FindFaults(definition);
        if (!actor.IsValid)
        {
            faults = faults.Add(new("actor", "is missing or not a principal"));
        }

        var versions = state.State.Versions;
        if (versions.Length >= MaxVersions)
        {
            faults = faults.Add(new("template", $"has {MaxVersions} versions already; set one under another name"));
        }

        if (!faults.IsEmpty)
        {
            return new TemplateReply { Refusal = SessionError.InvalidConfiguration(null, faults) };
        }

        if (versions.Length > 0 && SaysTheSame(versions[^1].Definition, definition))
        {
            return new TemplateReply { Template = versions[^1] };
        }

        // The name first: a template in the catalog without a version is passed over, one outside it would be lost to lists.
        await GrainFactory.GetTemplateCatalog().Add(Reference.Name);
        var template = new SessionTemplate
        {
            Name = Reference.Name,
            Version = versions.Length + 1,
            Definition = definition,
            SetAt = time.GetUtcNow(),
            SetBy = actor,
        };
        await state.WriteAsync(state.State with { Versions = versions.Add(template) });
        return new TemplateReply { Template = template };
    }

    public ValueTask<TemplateReply> Get(int? version)
    {
        var versions = state.State.Versions;
        var number = version ?? versions.Length;
        return ValueTask.FromResult(number >= 1 && number <= versions.Length
            ? new TemplateReply { Template = versions[number - 1] }
            : new TemplateReply { Refusal = Refusals.TemplateNotFound(null, version is null ? Reference : Reference.At(version.Value)) });
    }

    private static bool SaysTheSame(TemplateDefinition a, TemplateDefinition b) =>
        Stored(a).AsSpan().SequenceEqual(Stored(b));

    // By stored form, because arrays and dictionaries in records compare by reference.
    private static byte[] Stored(TemplateDefinition definition) =>
        JsonSerializer.SerializeToUtf8Bytes(definition, StoredJson.Default.TemplateDefinition);
}
