using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sessions.Core.Stored;

/// <summary>Writes an instant of universal time with a Z at its end, where its offset would take five characters more.</summary>
internal sealed class UniversalTime : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        if (value.Offset == TimeSpan.Zero)
        {
            writer.WriteStringValue(value.UtcDateTime);
        }
        else
        {
            writer.WriteStringValue(value);
        }
    }
}
