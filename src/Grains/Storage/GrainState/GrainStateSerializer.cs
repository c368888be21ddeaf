using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orleans.Storage;

namespace Sessions.Grains.Storage.GrainState;

/// <summary>
/// Writes the state of our other grains in the stored form that golden tests pin. Not Orleans's default: that one fills the objects
/// which initializers made, and so would write a template's quotas into the shared <see cref="SessionQuotas.Unlimited"/>.
/// </summary>
internal sealed class GrainStateSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input!, TypeOf<T>()));

    public T? Deserialize<T>(BinaryData input) => (T?)JsonSerializer.Deserialize(input.ToMemory().Span, TypeOf<T>());

    private static JsonTypeInfo TypeOf<T>() =>
        GrainStateJson.Default.GetTypeInfo(typeof(T))
        ?? throw new NotSupportedException($"{typeof(T)} is not among the stored types; add it to {nameof(GrainStateJson)} and pin it.");
}
