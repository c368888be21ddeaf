using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sessions.Core.Stored;

/// <summary>
/// A recorded answer in one line: the command's id, the hash of what it said in hexadecimal, the version that it made, and its verb. A
/// record has up to sixteen. A dash stands for the default id. Reads the form with named fields too, which came before.
/// </summary>
internal sealed class StoredAnswer : JsonConverter<RecordedAnswer>
{
    private const string None = "-";

    public override RecordedAnswer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return JsonSerializer.Deserialize(ref reader, RewrittenJson.Answer);
        }

        var parts = (reader.GetString() ?? "").Split(' ');
        return parts.Length == 4
            && (CommandId.TryParse(parts[0], null, out var command) || parts[0] == None)
            && ulong.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && Enum.TryParse<SessionVerb>(parts[3], out var verb)
                ? new RecordedAnswer(command, unchecked((long)hash), version, verb)
                : throw new JsonException("An answer is not a command id, a hash, a version and a verb.");
    }

    public override void Write(Utf8JsonWriter writer, RecordedAnswer value, JsonSerializerOptions options) => writer.WriteStringValue(
        string.Create(CultureInfo.InvariantCulture, $"{(value.CommandId.IsDefault ? None : value.CommandId.ToString())} {value.ContentHash:x} {value.Version} {value.Verb}"));
}
