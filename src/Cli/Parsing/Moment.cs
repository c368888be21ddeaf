using System.Globalization;

namespace Sessions.Cli.Parsing;

/// <summary>A time as people state it: an instant, or how far from now.</summary>
/// <param name="At">The instant; null where it goes by <paramref name="FromNow"/>.</param>
/// <param name="FromNow">How far from now; negative before it.</param>
internal readonly record struct Moment(DateTimeOffset? At, TimeSpan FromNow)
{
    private const string Expected =
        "is neither a time nor a duration; write for example 2030-01-31, 2030-01-31T18:00:00Z or 2h30m";

    // No others: what a culture makes of 1.5 or 01/02 is not what everybody means.
    private static readonly string[] Forms =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>Reads a time, or a duration that lies before now. UTC where no offset is stated.</summary>
    public static Parsed<Moment> Ago(string text) => Parse(text, distance => -distance);

    /// <summary>Reads a time, or a duration that lies ahead of now, or before it where it is negative. UTC where no offset is stated.</summary>
    public static Parsed<Moment> Ahead(string text) => Parse(text, distance => distance);

    /// <summary>The instant; the first or the last that there is, where it lies beyond.</summary>
    public DateTimeOffset Seen(DateTimeOffset now)
    {
        if (At is { } at)
        {
            return at;
        }

        return FromNow < DateTimeOffset.MinValue - now ? DateTimeOffset.MinValue
            : FromNow > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue
            : now + FromNow;
    }

    private static Parsed<Moment> Parse(string text, Func<TimeSpan, TimeSpan> place)
    {
        // The shortest there is has no opposite.
        if (DurationText.Parse(text) is { Problem: null, Value: var distance } && distance != TimeSpan.MinValue)
        {
            return new Moment(null, place(distance));
        }

        return DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new Moment(time, default)
            : Parsed<Moment>.Wrong($"is {Plain.Quote(text)}, which {Expected}");
    }
}
