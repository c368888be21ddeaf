using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sessions.Core.Stored;

namespace Sessions.Core;

/// <summary>
/// 64 bits of SHA-256 over the stored form: tells a repeated command from another under the same id. Whoever could make two
/// contents collide would deceive only themselves.
/// </summary>
internal static class ContentHash
{
    public static long Of(SessionSpecification specification) =>
        Of(JsonSerializer.SerializeToUtf8Bytes(specification, StoredJson.Default.SessionSpecification));

    public static long Of(SessionCommand command) =>
        Of(JsonSerializer.SerializeToUtf8Bytes(command, StoredJson.Default.GetTypeInfo(command.GetType())!));

    public static long Of(StartOperation request) =>
        Of(JsonSerializer.SerializeToUtf8Bytes(request, StoredJson.Default.StartOperation));

    /// <summary>Of all that decides which version a policy gets; how it is applied does not.</summary>
    public static long Of(SetPolicy request) => Of(
    [
        .. JsonSerializer.SerializeToUtf8Bytes(request.Definition, StoredJson.Default.PolicyDefinition),
        .. Encoding.UTF8.GetBytes($"\n{request.ExpectedVersion}\n{request.Actor}\n{request.Reason}"),
    ]);

    /// <summary>Of a template that is set.</summary>
    public static long Of(TemplateDefinition definition, Principal actor) => Of(
    [
        .. JsonSerializer.SerializeToUtf8Bytes(definition, StoredJson.Default.TemplateDefinition),
        .. Encoding.UTF8.GetBytes($"\n{actor}"),
    ]);

    private static long Of(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, digest);
        return BinaryPrimitives.ReadInt64LittleEndian(digest);
    }
}
