using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sessions.Core.Stored;

/// <summary>
/// A session's record as it is stored: <see cref="StoredJson"/>, without whatever a reader makes of a missing field anyway, and with
/// some values in a shorter form. Most sessions use little of what a record can hold, and every change writes all of it.
/// </summary>
internal static class StoredRecord
{
    public static readonly JsonTypeInfo<SessionRecord> Form = FormWith(new UniversalTime());

    /// <summary>The same with instants as numbers. Whatever reads the one form reads the other.</summary>
    public static readonly JsonTypeInfo<SessionRecord> CompactForm = FormWith(new UniversalTime(isCompact: true));

    public static string Write(SessionRecord record) => JsonSerializer.Serialize(WithoutRepetition(record), Form);

    /// <summary>The compact form, in UTF-8: for a store in which the size of a record decides how many fit on a page.</summary>
    public static byte[] WriteCompact(SessionRecord record) => JsonSerializer.SerializeToUtf8Bytes(WithoutRepetition(record), CompactForm);

    /// <exception cref="JsonException">The text is no record.</exception>
    public static SessionRecord Read(ReadOnlySpan<byte> utf8) =>
        WithRepetition(JsonSerializer.Deserialize(utf8, Form) ?? throw new JsonException("The record is null."));

    /// <exception cref="JsonException">The text is no record.</exception>
    public static SessionRecord Read(string stored) =>
        WithRepetition(JsonSerializer.Deserialize(stored, Form) ?? throw new JsonException("The record is null."));

    private static JsonTypeInfo<SessionRecord> FormWith(UniversalTime time) =>
        (JsonTypeInfo<SessionRecord>)new JsonSerializerOptions(StoredJson.Default.Options)
        {
            TypeInfoResolver = StoredJson.Default.WithAddedModifier(LeaveOutWhatIsRead),

            // As in RewrittenJson.
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            Converters = { new StoredAnswer(), time, new SharedText<SessionNamespace>(), new SharedText<Principal>() },
        }.GetTypeInfo(typeof(SessionRecord));

    // The newest answer is mostly that of the last change, and so has its command's id. No command has the default one.
    private static SessionRecord WithoutRepetition(SessionRecord record) =>
        record is { Answers: [.., var newest], LastChange.CommandId: { } last } && newest.CommandId == last
            ? record with { Answers = record.Answers.SetItem(record.Answers.Length - 1, newest with { CommandId = default }) }
            : record;

    private static SessionRecord WithRepetition(SessionRecord record) =>
        record is { Answers: [.., { CommandId.IsDefault: true } newest], LastChange.CommandId: { } last }
            ? record with { Answers = record.Answers.SetItem(record.Answers.Length - 1, newest with { CommandId = last }) }
            : record;

    // By what the reader does, not by what a new object has: it does not run the initializers of what is missing.
    private static void LeaveOutWhatIsRead(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || StoredJson.Default.GetTypeInfo(type.Type) is not { } form)
        {
            return;
        }

        var empty = JsonSerializer.Deserialize("{}", form)!;
        foreach (var property in type.Properties)
        {
            if (property.Get?.Invoke(empty) is { } read)
            {
                property.ShouldSerialize = (_, value) => !read.Equals(value);
            }
        }
    }
}
