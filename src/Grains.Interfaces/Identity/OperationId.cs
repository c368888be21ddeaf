using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// Names one operation over many sessions: 128 bits, drawn at random or chosen by the client that wants to repeat its start safely.
/// Text: <c>o-</c> and 26 digits of lower-case Crockford base 32. The default value names nothing and is refused.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.OperationId")]
[JsonConverter(typeof(TextJsonConverter<OperationId>))]
public readonly record struct OperationId : IParsable<OperationId>, IComparable<OperationId>
{
    internal const int ByteCount = 16;
    private const string Prefix = "o-";

    /// <summary>The length of the text form, in characters.</summary>
    public const int TextLength = 28;

    [Id(0)]
    private readonly ulong high;

    [Id(1)]
    private readonly ulong low;

    private OperationId(ReadOnlySpan<byte> bytes)
    {
        high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
    }

    /// <summary>True for the default value, which no operation has.</summary>
    public bool IsDefault => high == 0 && low == 0;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static OperationId New()
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        RandomNumberGenerator.Fill(bytes);
        return new OperationId(bytes);
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not the id of an operation.</exception>
    public static OperationId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException(
            "An operation's id is 'o-' and 26 digits of Crockford base 32, for example o-7zzzzzzzzzzzzzzzzzzzzzzzzz.");

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out OperationId)"/>
    public static bool TryParse([NotNullWhen(true)] string? s, out OperationId result) => TryParse(s, null, out result);

    /// <summary>Reads the text form; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out OperationId result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[ByteCount];
        if (s is not { Length: TextLength }
            || !s.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            || !CrockfordBase32.TryDecode(s.AsSpan(Prefix.Length), bytes))
        {
            return false;
        }

        result = new OperationId(bytes);
        return !result.IsDefault;
    }

    /// <summary>Orders like the text form.</summary>
    public int CompareTo(OperationId other) => (high, low).CompareTo((other.high, other.low));

    /// <inheritdoc/>
    public override string ToString() => string.Create(TextLength, this, static (text, id) =>
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        id.CopyTo(bytes);
        Prefix.CopyTo(text);
        CrockfordBase32.Encode(bytes, text[Prefix.Length..]);
    });

    internal void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
    }

    public static bool operator <(OperationId left, OperationId right) => left.CompareTo(right) < 0;

    public static bool operator >(OperationId left, OperationId right) => left.CompareTo(right) > 0;

    public static bool operator <=(OperationId left, OperationId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(OperationId left, OperationId right) => left.CompareTo(right) >= 0;
}
