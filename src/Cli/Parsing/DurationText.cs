using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace Sessions.Cli.Parsing;

/// <summary>
/// Durations as people write them: <c>1h30m</c>, <c>90s</c>, <c>500ms</c>, <c>2d</c>; as .NET does, <c>1.02:03:04.5</c>; or as
/// ISO 8601 does, <c>PT1H30M</c>. A bare number is refused, because nobody can tell its unit.
/// </summary>
internal static partial class DurationText
{
    private const string Expected = "is not a duration; write for example 1h30m, 90s, 500ms, 2d, 01:30:00 or PT1H30M";

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    public static Parsed<TimeSpan> Parse(string text)
    {
        if (text.Length > 64)
        {
            return Parsed<TimeSpan>.Wrong(Expected);
        }

        try
        {
            if (IsoForm().IsMatch(text))
            {
                return XmlConvert.ToTimeSpan(text);
            }

            if (UnitForm().Match(text) is { Success: true } match)
            {
                return FromUnits(match);
            }

            if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var clock))
            {
                return clock;
            }
        }
        catch (Exception fault) when (fault is OverflowException or FormatException)
        {
            return Parsed<TimeSpan>.Wrong($"is {Plain.Quote(text)}, longer than any duration can be");
        }

        return Parsed<TimeSpan>.Wrong($"is {Plain.Quote(text)}, which " + Expected);
    }

    /// <summary>The short form that <see cref="Parse"/> reads again, exact to the millisecond.</summary>
    public static string Write(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        var text = new StringBuilder(duration < TimeSpan.Zero ? "-" : "");
        var left = Math.Abs(duration.Ticks == long.MinValue ? long.MaxValue : duration.Ticks);
        foreach (var (unit, ticks) in Units)
        {
            if (left / ticks > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{left / ticks}{unit}");
                left %= ticks;
            }
        }

        return text.Length > 0 && text[^1] != '-' ? text.ToString() : "<1ms";
    }

    private static TimeSpan FromUnits(Match match)
    {
        var ticks = 0m;
        for (var i = 0; i < Units.Length; i++)
        {
            if (match.Groups[Units[i].Unit] is { Success: true } amount)
            {
                ticks += decimal.Parse(amount.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) * Units[i].Ticks;
            }
        }

        return TimeSpan.FromTicks(decimal.ToInt64(match.Groups["sign"].Success ? -ticks : ticks));
    }

    [GeneratedRegex(
        @"\A(?<sign>-)?(?=[0-9])((?<d>[0-9]+(\.[0-9]+)?)d)?((?<h>[0-9]+(\.[0-9]+)?)h)?((?<m>[0-9]+(\.[0-9]+)?)m(?!s))?"
        + @"((?<s>[0-9]+(\.[0-9]+)?)s)?((?<ms>[0-9]+(\.[0-9]+)?)ms)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex UnitForm();

    // Years and months are left out: they have no fixed length.
    [GeneratedRegex(
        @"\A-?P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex IsoForm();
}
