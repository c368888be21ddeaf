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
    private const string Prefix = "c-";

    /// <summary>The length of the text form, in characters.</summary>
    public const int TextLength = PrefixedBase32.TextLength;

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
        if (!PrefixedBase32.TryRead(s, Prefix, out var number))
        {
            return false;
        }

        var read = new EventCursor((ulong)(number >> 64), (long)(ulong)number);
        result = read.IsValid ? read : default;
        return read.IsValid;
    }

    /// <summary>Orders as the log does, and like the text form.</summary>
    public int CompareTo(EventCursor other) => (transaction, position).CompareTo((other.transaction, other.position));

    /// <inheritdoc/>
    public override string ToString() => PrefixedBase32.Write(Prefix, new UInt128(transaction, (ulong)position));

    /// <summary>Whether the left cursor sorts before the right one.</summary>
    public static bool operator <(EventCursor left, EventCursor right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left cursor sorts after the right one.</summary>
    public static bool operator >(EventCursor left, EventCursor right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left cursor sorts before or at the right one.</summary>
    public static bool operator <=(EventCursor left, EventCursor right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left cursor sorts after or at the right one.</summary>
    public static bool operator >=(EventCursor left, EventCursor right) => left.CompareTo(right) >= 0;
}
