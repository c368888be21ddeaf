using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Sessions.Core.Operations;

namespace Sessions.Core.Stored;

/// <summary>
/// Reads the stored forms of what is changed and written again as a whole. A field that this build does not know is refused by its name: a node
/// of an earlier release would lose it with the next change. Events and executions, which nobody writes again, are read without such fields.
/// </summary>
internal static class RewrittenJson
{
    private static readonly JsonSerializerOptions Strict = new(StoredJson.Default.Options)
    {
        TypeInfoResolver = StoredJson.Default,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static readonly JsonTypeInfo<PolicyDefinition> Policy = Of<PolicyDefinition>();
    public static readonly JsonTypeInfo<OperationRecord> Operation = Of<OperationRecord>();
    public static readonly JsonTypeInfo<SettingAnswers> SettingAnswers = Of<SettingAnswers>();
    public static readonly JsonTypeInfo<RecordedAnswer> Answer = Of<RecordedAnswer>();

    private static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Strict.GetTypeInfo(typeof(T));
}
