using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sessions.Json;

/// <summary>
/// Writes a subject as its text, and takes any text: one that cannot be read must not keep its session or policy from being read, but
/// has to be there to deny.
/// </summary>
internal sealed class DataSubjectJsonConverter : JsonConverter<DataSubject>
{
    public override DataSubject Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DataSubject.Unchecked(reader.GetString());

    public override void Write(Utf8JsonWriter writer, DataSubject value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
