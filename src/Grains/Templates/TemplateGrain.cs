using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Storage;
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

    /// <summary>The answers to the commands that set versions.</summary>
    [Id(1)]
    public SettingAnswers? Answers { get; init; }
}

[GrainType("session-template")]
internal sealed class TemplateGrain(
    [FromKeyedServices(SessionsServices.GrainStorage)] IGrainStorage storage,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options) : Grain, ITemplateGrain
{
    private const int MaxVersions = 1000;
    private const int MaxAttempts = 4;

    private GrainStateRecord<TemplateState> State => field ??= new(storage, "sessions.template", this.GetGrainId());

    // Default, which is no template, where somebody made up a key.
    private TemplateReference Reference { get; set; }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Reference = GrainFactoryExtensions.TryTemplateOf(this.GetPrimaryKeyString(), out var template) ? template : default;
        return Task.CompletedTask;
    }

    public async ValueTask<TemplateReply> Set(TemplateDefinition definition, Principal actor, CommandId? commandId)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await TrySet(definition, actor, commandId) is { } reply)
            {
                return reply;
            }
        }

        return new TemplateReply
        {
            Refusal = Refusals.Unavailable(null, $"Other activations kept changing the template {Reference}; try again.", options.Value.RetryAfter),
        };
    }

    public async ValueTask<TemplateReply> Get(int? version)
    {
        if (!Reference.IsValid)
        {
            return new TemplateReply { Refusal = SessionError.InvalidConfiguration(null, [new("template", "is missing or not a template's name")]) };
        }

        var versions = (await State.ReadAsync()).Versions;
        var number = version ?? versions.Length;
        return number >= 1 && number <= versions.Length
            ? new TemplateReply { Template = versions[number - 1] }
            : new TemplateReply { Refusal = Refusals.TemplateNotFound(null, version is null ? Reference : Reference.At(version.Value)) };
    }

    /// <returns>The answer; null if another activation was there before, and everything has to be decided again.</returns>
    private async ValueTask<TemplateReply?> TrySet(TemplateDefinition definition, Principal actor, CommandId? command)
    {
        var faults = ConfigurationRules.FindFaults(definition);
        if (!actor.IsValid)
        {
            faults = faults.Add(new("actor", "is missing or not a principal"));
        }

        if (!Reference.IsValid)
        {
            faults = faults.Add(new("template", "is missing or not a template's name"));
        }

        var state = await State.ReadAsync();
        var versions = state.Versions;
        var answers = state.Answers ?? SettingAnswers.None;
        var hash = faults.IsEmpty && command is not null ? ContentHash.Of(definition, actor) : 0;
        if (faults.IsEmpty && Recall(versions, answers, command, hash) is { } recalled)
        {
            return recalled;
        }

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
            var repeated = new TemplateReply { Template = versions[^1] };
            return command is null || await State.TryWriteAsync(state with { Answers = Answered(versions.Length) }) ? repeated : null;
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
        return await State.TryWriteAsync(state with { Versions = versions.Add(template), Answers = Answered(template.Version) }) ? new TemplateReply { Template = template } : null;

        SettingAnswers? Answered(int version) =>
            command is null ? state.Answers : SettingAnswerRules.Record(answers, command, hash, version, time.GetUtcNow(), options.Value.AnswerWindow);
    }

    /// <summary>The answer to a command that was answered before, or may have been; null for a new one.</summary>
    private TemplateReply? Recall(ImmutableArray<SessionTemplate> versions, SettingAnswers answers, CommandId? command, long hash) =>
        SettingAnswerRules.Judge(answers, command, hash) switch
        {
            (SettingCommand.Repeated, var version) => new() { Template = versions[(int)version - 1] },
            (SettingCommand.Reused, _) => new() { Refusal = Refusals.SettingReused($"template {Reference}", command, versions.Length) },
            (SettingCommand.TooOld, _) =>
                new() { Refusal = Refusals.SettingTooOld($"template {Reference}", command, answers.Forgotten, versions.Length) },
            _ => null,
        };

    private static bool SaysTheSame(TemplateDefinition a, TemplateDefinition b) =>
        Stored(a).AsSpan().SequenceEqual(Stored(b));

    // By stored form, because arrays and dictionaries in records compare by reference.
    private static byte[] Stored(TemplateDefinition definition) =>
        JsonSerializer.SerializeToUtf8Bytes(definition, StoredJson.Default.TemplateDefinition);
}
