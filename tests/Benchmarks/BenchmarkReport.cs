using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sessions.Benchmarks;

/// <summary>What came out, for people and as the JSON that is kept.</summary>
internal sealed record BenchmarkReport
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required string Name { get; init; }

    public required string Unit { get; init; }

    public required string AnchorName { get; init; }

    public required Spread Anchors { get; init; }

    public required Spread Figures { get; init; }

    public required Spread Ratio { get; init; }

    public required string Notes { get; init; }

    public static string ToJson(IEnumerable<BenchmarkReport> reports) => JsonSerializer.Serialize(
        reports.Select(report => new
        {
            report.Name,
            report.Unit,
            Anchor = report.Anchors.Median,
            Figure = report.Figures.Median,
            report.Ratio,
            report.Notes,
        }),
        Readable);

    public void Print(TextWriter output)
    {
        output.WriteLine($"{Name} ({Unit}; min / median / max)");
        output.WriteLine($"  anchor  {Anchors}  {AnchorName}");
        output.WriteLine($"  figure  {Figures}");
        output.WriteLine($"  ratio   {Ratio}");
        output.WriteLine($"  {Notes}");
    }
}
