using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// A place in the log of all sessions: whoever reads on after it gets everything that stands behind it, and nothing that stands
/// before. Text: <c>c-</c> and 26 digits of lower-case Crockford base 32. The default value is <see cref="Start"/>.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.EventCursor")]
[JsonConverter(typeof(TextJsonConverter<EventCursor>))]
public readonly record struct EventCursor : IParsable<EventCursor>, IComparable<EventCursor>
{
    private const int ByteCount = 16;
    private const string Prefix = "c-";

    /// <summary>The length of the text form, in characters.</summary>
    public const int TextLength = 28;

    /// <summary>Before the first event.</summary>
    public static readonly EventCursor Start;

    /// <summary>
    /// Wherever the log ends at the moment of asking: whoever starts here gets what is committed from then on, and perhaps a little that
    /// was committed just before.
    /// </summary>
    public static readonly EventCursor End = new(ulong.MaxValue, long.MaxValue);

    [Id(0)]
    private readonly ulong transaction;

    [Id(1)]
    private readonly long position;

    internal EventCursor(ulong transaction, long position) => (this.transaction, this.position) = (transaction, position);

    /// <summary>The transaction that wrote the event.</summary>
    internal ulong Transaction => transaction;

    /// <summary>The event's place among all that were drawn.</summary>
    internal long Position => position;

    /// <summary>False for a value from the wire that <see cref="Parse"/> would refuse.</summary>
    public bool IsValid => position >= 0;

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a cursor.</exception>
    public static EventCursor Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var cursor) ? cursor : throw new FormatException(
            "A cursor is 'c-' and 26 digits of Crockford base 32, for example c-00000000000000000000000000.");

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out EventCursor)"/>
    public static bool TryParse([NotNullWhen(true)] string? s, out EventCursor result) => TryParse(s, null, out result);

    /// <summary>Reads the text form; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out EventCursor result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[ByteCount];
        if (s is not { Length: TextLength }
            || !s.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            || !CrockfordBase32.TryDecode(s.AsSpan(Prefix.Length), bytes))
        {
            return false;
        }

        var read = new EventCursor(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));
        result = read.IsValid ? read : default;
        return read.IsValid;
    }

    /// <summary>Orders as the log does, and like the text form.</summary>
    public int CompareTo(EventCursor other) => (transaction, position).CompareTo((other.transaction, other.position));

    /// <inheritdoc/>
    public override string ToString() => string.Create(TextLength, this, static (text, cursor) =>
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, cursor.transaction);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], cursor.position);
        Prefix.CopyTo(text);
        CrockfordBase32.Encode(bytes, text[Prefix.Length..]);
    });

    public static bool operator <(EventCursor left, EventCursor right) => left.CompareTo(right) < 0;

    public static bool operator >(EventCursor left, EventCursor right) => left.CompareTo(right) > 0;

    public static bool operator <=(EventCursor left, EventCursor right) => left.CompareTo(right) <= 0;

    public static bool operator >=(EventCursor left, EventCursor right) => left.CompareTo(right) >= 0;
}
