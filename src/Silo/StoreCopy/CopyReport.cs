using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Sessions.Grains.Storage.Copy;

namespace Sessions.Silo.StoreCopy;

/// <summary>The counts of both sides, as a table.</summary>
internal static class CopyReport
{
    private const int NumberWidth = 16;

    public static string Of(ImmutableArray<CopyLine> lines)
    {
        var width = lines.Max(line => line.Kind.Length);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"".PadRight(width)} {"file",NumberWidth} {"database",NumberWidth}");
        foreach (var line in lines)
        {
            text.AppendLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{line.Kind.PadRight(width)} {line.InSource,NumberWidth:N0} {line.InTarget,NumberWidth:N0}{(line.Agrees ? "" : "  differs")}"));
        }

        return text.ToString();
    }
}
