using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// Binds a session to its creator: <c>SHA-256("session" ‖ creator ‖ id)</c>, each part preceded by its length in bytes as
/// a 32-bit big-endian number, the texts in UTF-8, the id as its 16 bytes. Anyone who knows creator and id can compute it
/// again. Text: <c>sess-</c> and 52 digits of lower-case Crockford base 32.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionAddress")]
[JsonConverter(typeof(TextJsonConverter<SessionAddress>))]
public readonly record struct SessionAddress : IParsable<SessionAddress>
{
    private const string Prefix = "sess-";
    private const int ByteCount = SHA256.HashSizeInBytes;

    // Of what is hashed: all but the creator's name, and as much of a creator's name as the stack is used for.
    private const int OtherBytes = (3 * sizeof(uint)) + 7 + SessionId.ByteCount;
    private const int MaxCreatorBytes = 400;

    [Id(0)]
    private readonly string? text;

    private SessionAddress(string text) => this.text = text;

    /// <summary>Computes the address of a session.</summary>
    public static SessionAddress Derive(Principal creator, SessionId id)
    {
        // In one piece: an incremental hash costs several times as much, and every snapshot and every event has an address.
        var name = creator.ToString();
        Span<byte> content = stackalloc byte[OtherBytes + MaxCreatorBytes];
        content = Encoding.UTF8.GetMaxByteCount(name.Length) <= MaxCreatorBytes
            ? content
            : new byte[OtherBytes + Encoding.UTF8.GetByteCount(name)];

        // Without the lengths, creator "ab" of one session and "a" of another could hash the same bytes.
        var end = AppendPart(content, 0, "session"u8);
        var creatorBytes = Encoding.UTF8.GetBytes(name, content[(end + sizeof(uint))..]);
        BinaryPrimitives.WriteUInt32BigEndian(content[end..], (uint)creatorBytes);
        end += sizeof(uint) + creatorBytes;
        Span<byte> idBytes = stackalloc byte[SessionId.ByteCount];
        id.CopyTo(idBytes);
        end = AppendPart(content, end, idBytes);
        Span<byte> digest = stackalloc byte[ByteCount];
        SHA256.HashData(content[..end], digest);
        return new SessionAddress(Prefix + Encode(digest));
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a session address.</exception>
    public static SessionAddress Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var address) ? address : throw new FormatException(
            "A session address is 'sess-' and 52 digits of Crockford base 32.");

    /// <summary>Reads the text form; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SessionAddress result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[ByteCount];
        if (s is null || !s.StartsWith(Prefix, StringComparison.Ordinal)
            || !CrockfordBase32.TryDecode(s.AsSpan(Prefix.Length), bytes))
        {
            return false;
        }

        result = new SessionAddress(Prefix + Encode(bytes));
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => text ?? "";

    private static int AppendPart(Span<byte> content, int at, ReadOnlySpan<byte> part)
    {
        BinaryPrimitives.WriteUInt32BigEndian(content[at..], (uint)part.Length);
        part.CopyTo(content[(at + sizeof(uint))..]);
        return at + sizeof(uint) + part.Length;
    }

    private static string Encode(ReadOnlySpan<byte> digest)
    {
        Span<char> digits = stackalloc char[CrockfordBase32.LengthOf(ByteCount)];
        CrockfordBase32.Encode(digest, digits);
        return new string(digits);
    }
}
