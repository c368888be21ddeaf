using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace Sessions.Cli.Output;

/// <summary>Durations as ISO 8601, <c>PT1H30M</c>, which the tool reads too.</summary>
internal sealed class IsoDurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        XmlConvert.ToTimeSpan(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(XmlConvert.ToString(value));
}
