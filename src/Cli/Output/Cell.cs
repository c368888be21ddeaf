using System.Globalization;
using System.Text;
using Sessions.Cli.Parsing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Output;

/// <summary>
/// Text in a table: taken as it is, with what a terminal might act upon spelled out, and wrapped at words, or within a word where it does not fit.
/// The library's own text never ends wrapping where a character is wider than its column.
/// </summary>
internal sealed class Cell(string text, Style? style = null) : IRenderable
{
    // A word of this length or less is kept whole as long as there is room for it.
    private const int LongestKept = 24;
    private const string Placeholder = "…";

    private readonly string[] lines = Plain.Clean(text).ReplaceLineEndings("\n").Split('\n');

    public Measurement Measure(RenderOptions options, int maxWidth)
    {
        var longest = lines.Max(WidthOf);
        var word = lines.SelectMany(line => line.Split(' ')).Max(WidthOf);
        return new(Math.Min(Math.Min(word, LongestKept), maxWidth), Math.Min(longest, maxWidth));
    }

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var isFirst = true;
        foreach (var line in lines.SelectMany(line => Wrap(line, maxWidth)))
        {
            if (!isFirst)
            {
                yield return Segment.LineBreak;
            }

            isFirst = false;
            yield return new Segment(line, style ?? Style.Plain);
        }
    }

    /// <summary>Columns that a terminal needs for a text.</summary>
    public static int WidthOf(string text) => new Segment(text).CellCount();

    private static IEnumerable<string> Wrap(string line, int width)
    {
        var wrapped = new StringBuilder();
        var used = 0;
        foreach (var word in line.Split(' '))
        {
            var length = WidthOf(word);
            if (wrapped.Length > 0 && used + 1 + length > width)
            {
                yield return wrapped.ToString();
                wrapped.Clear();
                used = 0;
            }
            else if (wrapped.Length > 0)
            {
                wrapped.Append(' ');
                used++;
            }

            if (length <= width)
            {
                wrapped.Append(word);
                used += length;
                continue;
            }

            // By what is seen as one character, so that none comes apart.
            var elements = StringInfo.GetTextElementEnumerator(word);
            while (elements.MoveNext())
            {
                var element = elements.GetTextElement();
                var size = WidthOf(element);
                if (size > width)
                {
                    (element, size) = width > 0 ? (Placeholder, 1) : ("", 0);
                }

                if (used + size > width)
                {
                    yield return wrapped.ToString();
                    wrapped.Clear();
                    used = 0;
                }

                wrapped.Append(element);
                used += size;
            }
        }

        yield return wrapped.ToString();
    }
}
