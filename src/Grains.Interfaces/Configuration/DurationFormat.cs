using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace Sessions;

/// <summary>
/// Durations as people write them: <c>1h30m</c>, <c>90s</c>, <c>500ms</c>, <c>2d</c>; as .NET does, <c>1.02:03:04.5</c>; or as
/// ISO 8601 does, <c>PT1H30M</c>. A bare number is refused, because nobody can tell its unit.
/// </summary>
internal static partial class DurationFormat
{
    private const int LongestText = 64;
    private const string Expected = "is not a duration; write for example 1h30m, 90s, 500ms, 2d, 01:30:00 or PT1H30M";

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads a duration in any of the forms.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="duration">The duration.</param>
    /// <param name="problem">What is wrong with the text, as the end of a sentence that begins with its place.</param>
    public static bool TryParse(string text, out TimeSpan duration, [NotNullWhen(false)] out string? problem)
    {
        (duration, problem) = (default, null);
        if (text.Length > LongestText)
        {
            problem = Expected;
            return false;
        }

        try
        {
            if (IsoForm().IsMatch(text))
            {
                duration = XmlConvert.ToTimeSpan(text);
                return true;
            }

            if (UnitForm().Match(text) is { Success: true } match)
            {
                duration = FromUnits(match);
                return true;
            }
        }
        catch (Exception fault) when (fault is OverflowException or FormatException)
        {
            problem = "is longer than any duration can be";
            return false;
        }

        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration))
        {
            return true;
        }

        problem = Expected;
        return false;
    }

    /// <summary>The short form that <see cref="TryParse"/> reads again, exact to the millisecond.</summary>
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
