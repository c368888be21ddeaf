using System.Text;

namespace Sessions.Cli.Replay;

/// <summary>Reads lines, of each at most so many characters; the rest of a longer line is passed over.</summary>
internal sealed class CappedLines(TextReader text, int maxLength)
{
    private readonly StringBuilder line = new();

    /// <summary>Whether the last line was longer than it could be.</summary>
    public bool WasCut { get; private set; }

    /// <summary>The next line without its end; null at the end of the text. Empty lines are passed over.</summary>
    public string? Next()
    {
        while (true)
        {
            line.Clear();
            WasCut = false;
            int c;
            while ((c = text.Read()) is not (-1 or '\n'))
            {
                if (line.Length < maxLength)
                {
                    line.Append((char)c);
                }
                else
                {
                    WasCut = true;
                }
            }

            if (line.Length > 0 && line[^1] == '\r')
            {
                line.Length--;
            }

            if (line.Length > 0 || c == -1)
            {
                return line.Length > 0 ? line.ToString() : null;
            }
        }
    }
}
