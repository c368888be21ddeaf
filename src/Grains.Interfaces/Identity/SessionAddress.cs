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

    [Id(0)]
    private readonly string? text;

    private SessionAddress(string text) => this.text = text;

    /// <summary>Computes the address of a session.</summary>
    public static SessionAddress Derive(Principal creator, SessionId id)
    {
        Span<byte> idBytes = stackalloc byte[SessionId.ByteCount];
        id.CopyTo(idBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        // Without the lengths, creator "ab" of one session and "a" of another could hash the same bytes.
        AppendPart(hash, "session"u8);
        AppendPart(hash, Encoding.UTF8.GetBytes(creator.ToString()));
        AppendPart(hash, idBytes);
        Span<byte> digest = stackalloc byte[ByteCount];
        hash.GetHashAndReset(digest);
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

    private static void AppendPart(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }

    private static string Encode(ReadOnlySpan<byte> digest)
    {
        Span<char> digits = stackalloc char[CrockfordBase32.LengthOf(ByteCount)];
        CrockfordBase32.Encode(digest, digits);
        return new string(digits);
    }
}
