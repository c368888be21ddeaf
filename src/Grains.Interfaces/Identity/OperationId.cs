using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
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
    internal const int ByteCount = PrefixedBase32.ByteCount;
    private const string Prefix = "o-";

    /// <summary>The length of the text form, in characters.</summary>
    public const int TextLength = PrefixedBase32.TextLength;

    [Id(0)]
    private readonly ulong high;

    [Id(1)]
    private readonly ulong low;

    private OperationId(UInt128 number) => (high, low) = ((ulong)(number >> 64), (ulong)number);

    /// <summary>True for the default value, which no operation has.</summary>
    public bool IsDefault => Number() == 0;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static OperationId New() => new(PrefixedBase32.Draw());

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
        result = PrefixedBase32.TryRead(s, Prefix, out var number) ? new OperationId(number) : default;
        return !result.IsDefault;
    }

    /// <summary>Orders like the text form.</summary>
    public int CompareTo(OperationId other) => Number().CompareTo(other.Number());

    /// <inheritdoc/>
    public override string ToString() => PrefixedBase32.Write(Prefix, Number());

    internal void CopyTo(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, Number());

    // Not a property, which Orleans would take for a part of the wire form.
    private UInt128 Number() => new(high, low);

    /// <summary>Whether the left id sorts before the right one.</summary>
    public static bool operator <(OperationId left, OperationId right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left id sorts after the right one.</summary>
    public static bool operator >(OperationId left, OperationId right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left id sorts before or at the right one.</summary>
    public static bool operator <=(OperationId left, OperationId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left id sorts after or at the right one.</summary>
    public static bool operator >=(OperationId left, OperationId right) => left.CompareTo(right) >= 0;
}
