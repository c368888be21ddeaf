using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sessions.Core.Stored;

/// <summary>
/// Reads a value that many records have in common, so that all of them hold the same text. A silo keeps hundreds of thousands of sessions
/// of few namespaces and creators.
/// </summary>
internal sealed class SharedText<T> : JsonConverter<T>
    where T : struct, IParsable<T>
{
    // Whoever makes up ever more of them fills this once; from then on the others are not shared.
    private const int Capacity = 16_384;

    private readonly ConcurrentDictionary<string, T> known = new(StringComparer.Ordinal);
    private int count;

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        if (text is not null && known.TryGetValue(text, out var value))
        {
            return value;
        }

        if (!T.TryParse(text, null, out value))
        {
            throw new JsonException($"This is not a {typeof(T).Name}.");
        }

        if (count < Capacity && known.TryAdd(text!, value))
        {
            Interlocked.Increment(ref count);
        }

        return value;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
