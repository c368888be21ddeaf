using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// Names one session for ever: 128 bits, drawn at random or chosen by the client that wants to repeat a creation safely.
/// Text: <c>s-</c> and 26 digits of lower-case Crockford base 32. The default value names nothing and is refused.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionId")]
[JsonConverter(typeof(TextJsonConverter<SessionId>))]
public readonly record struct SessionId : IParsable<SessionId>, IComparable<SessionId>
{
    internal const int ByteCount = 16;
    private const string Prefix = "s-";

    /// <summary>The length of the text form, in characters.</summary>
    public const int TextLength = 28;

    [Id(0)]
    private readonly ulong high;

    [Id(1)]
    private readonly ulong low;

    private SessionId(ReadOnlySpan<byte> bytes)
    {
        high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
    }

    /// <summary>True for the default value, which no session has.</summary>
    public bool IsDefault => high == 0 && low == 0;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static SessionId New()
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        RandomNumberGenerator.Fill(bytes);
        return new SessionId(bytes);
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a session id.</exception>
    public static SessionId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException(
            "A session id is 's-' and 26 digits of Crockford base 32, for example s-7zzzzzzzzzzzzzzzzzzzzzzzzz.");

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out SessionId)"/>
    public static bool TryParse([NotNullWhen(true)] string? s, out SessionId result) => TryParse(s, null, out result);

    /// <summary>Reads the text form; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SessionId result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[ByteCount];
        if (s is not { Length: TextLength }
            || !s.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            || !CrockfordBase32.TryDecode(s.AsSpan(Prefix.Length), bytes))
        {
            return false;
        }

        result = new SessionId(bytes);
        return !result.IsDefault;
    }

    /// <summary>Orders like the text form.</summary>
    public int CompareTo(SessionId other) => (high, low).CompareTo((other.high, other.low));

    /// <inheritdoc/>
    public override string ToString() => string.Create(TextLength, this, static (text, id) =>
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        id.CopyTo(bytes);
        Prefix.CopyTo(text);
        CrockfordBase32.Encode(bytes, text[Prefix.Length..]);
    });

    /// <summary>The id that <see cref="CopyTo"/> wrote.</summary>
    internal static SessionId Of(ReadOnlySpan<byte> bytes) => new(bytes);

    internal void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
    }

    public static bool operator <(SessionId left, SessionId right) => left.CompareTo(right) < 0;

    public static bool operator >(SessionId left, SessionId right) => left.CompareTo(right) > 0;

    public static bool operator <=(SessionId left, SessionId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SessionId left, SessionId right) => left.CompareTo(right) >= 0;
}
