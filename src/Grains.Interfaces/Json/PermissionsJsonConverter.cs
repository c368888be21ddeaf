using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sessions.Json;

/// <summary>
/// Writes permissions one by one, never as All: otherwise what is stored today would include every permission that is ever added.
/// </summary>
internal sealed class PermissionsJsonConverter : JsonConverter<SessionPermissions>
{
    private static readonly SessionPermissions[] Single =
        [.. Enum.GetValues<SessionPermissions>().Where(permission => int.IsPow2((int)permission))];

    public override SessionPermissions Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number ? (SessionPermissions)reader.GetInt32()
        : Enum.TryParse<SessionPermissions>(reader.GetString(), ignoreCase: true, out var permissions) ? permissions
        : throw new JsonException("These are not permissions.");

    public override void Write(Utf8JsonWriter writer, SessionPermissions value, JsonSerializerOptions options)
    {
        var unknown = value & ~SessionPermissions.All;
        var names = Single.Where(permission => value.HasFlag(permission)).Select(permission => permission.ToString());
        writer.WriteStringValue(
            value == SessionPermissions.None ? nameof(SessionPermissions.None)
            : unknown != 0 ? ((int)value).ToString(System.Globalization.CultureInfo.InvariantCulture)
            : string.Join(", ", names));
    }
}
