using System.Text.Json.Serialization;
using Sessions.Core.Stored;
using Sessions.Grains.Events;
using Sessions.Grains.Templates;

namespace Sessions.Grains.Storage.GrainState;

/// <summary>
/// The stored form of what other grains than sessions keep, in the manner of <see cref="Core.Stored.StoredJson"/> and pinned by the same
/// golden tests.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TemplateState))]
[JsonSerializable(typeof(TemplateCatalogState))]
[JsonSerializable(typeof(SubscriptionState))]
internal sealed partial class GrainStateJson : JsonSerializerContext;
