using System.Text.Json.Serialization;
using Sessions.Core.Operations;

namespace Sessions.Core.Stored;

/// <summary>
/// The stored form: JSON, camelCase, enums by name, nothing written that is null. Golden tests pin it; a field may be added,
/// none may be renamed or change its meaning.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(SessionRecord))]
[JsonSerializable(typeof(SessionEventBody))]
[JsonSerializable(typeof(SessionSpecification))]
[JsonSerializable(typeof(TemplateDefinition))]
[JsonSerializable(typeof(RequestSession))]
[JsonSerializable(typeof(CreateSession))]
[JsonSerializable(typeof(CancelSession))]
[JsonSerializable(typeof(ActivateSession))]
[JsonSerializable(typeof(PauseSession))]
[JsonSerializable(typeof(ResumeSession))]
[JsonSerializable(typeof(RenewSession))]
[JsonSerializable(typeof(CloseSession))]
[JsonSerializable(typeof(AdjustSession))]
[JsonSerializable(typeof(OpenChildSession))]
[JsonSerializable(typeof(ExecutionRecord))]
[JsonSerializable(typeof(PolicyDefinition))]
[JsonSerializable(typeof(SettingAnswers))]
[JsonSerializable(typeof(OperationRecord))]
[JsonSerializable(typeof(StartOperation))]
internal sealed partial class StoredJson : JsonSerializerContext;
