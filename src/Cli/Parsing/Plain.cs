using System.Text;

namespace Sessions.Cli.Parsing;

/// <summary>Makes text from outside harmless for a terminal and short enough for a sentence.</summary>
internal static class Plain
{
    private const int MaxLength = 80;

    /// <summary>In quotes, cut, and with what <see cref="Clean"/> spells out.</summary>
    public static string Quote(string text) =>
        "'" + Clean(text.Length > MaxLength ? text[..MaxLength] + "…" : text) + "'";

    /// <summary>With control characters, lone surrogates and bidirectional overrides spelled out, line ends kept.</summary>
    public static string Clean(string text)
    {
        StringBuilder? clean = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var pair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (pair)
            {
                clean?.Append(c).Append(text[i + 1]);
                i++;
            }
            else if ((char.IsControl(c) && c != '\n') || char.IsSurrogate(c) || TextRules.IsDirectionalControl(c))
            {
                clean ??= new StringBuilder(text, 0, i, text.Length + 8);
                clean.Append($"U+{(int)c:X4}");
            }
            else
            {
                clean?.Append(c);
            }
        }

        return clean?.ToString() ?? text;
    }
}
