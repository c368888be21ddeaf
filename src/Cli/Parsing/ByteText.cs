using System.Globalization;
using System.Text.RegularExpressions;

namespace Sessions.Cli.Parsing;

/// <summary>Sizes: bytes, or with a unit, binary (<c>10MiB</c>) or decimal (<c>10MB</c>).</summary>
internal static partial class ByteText
{
    private static readonly Dictionary<string, decimal> Units = new(StringComparer.Ordinal)
    {
        [""] = 1,
        ["B"] = 1,
        ["KiB"] = 1L << 10,
        ["MiB"] = 1L << 20,
        ["GiB"] = 1L << 30,
        ["TiB"] = 1L << 40,
        ["kB"] = 1_000,
        ["MB"] = 1_000_000,
        ["GB"] = 1_000_000_000,
        ["TB"] = 1_000_000_000_000,
    };

    public static Parsed<long> Parse(string text)
    {
        if (text.Length <= 32 && Form().Match(text) is { Success: true } match && Units.TryGetValue(match.Groups[2].Value, out var unit)
            && decimal.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var amount)
            && Math.Abs(amount) <= long.MaxValue / unit
            && decimal.IsInteger(amount * unit))
        {
            return (long)(amount * unit);
        }

        return Parsed<long>.Wrong($"is {Plain.Quote(text)}, which is not a whole number of bytes; write for example 65536, 10MiB or 1.5GB");
    }

    [GeneratedRegex(@"\A(-?[0-9]+(?:\.[0-9]+)?)([A-Za-z]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
