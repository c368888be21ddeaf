using System.Globalization;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Replay;

/// <summary>
/// The request trace of the Alibaba cluster data set v2026-GenAI (<c>lora_request_trace.csv</c>): one row per image generation,
/// with its user, base model, function, start, duration, outcome and the number of adapters (LoRAs) applied within it. Columns are found by name; the values have no quotes.
/// </summary>
internal sealed class Gentd26Reader : IWorkloadReader
{
    // More than any request asks for; each is an execution of its own.
    private const int MostNested = 1000;

    // The same few names stand in every row.
    private readonly Dictionary<string, FunctionName> functions = new(StringComparer.Ordinal);

    // A day is beyond any execution on record; a larger number is a broken row that would keep its session open for ever.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly int columns;
    private readonly int start;
    private readonly int function;
    private readonly int status;
    private readonly int seconds;
    private readonly int owner;
    private readonly int model;
    private readonly int adapters;

    private Gentd26Reader(string[] header)
    {
        columns = header.Length;
        start = Array.IndexOf(header, "gmt_create");
        function = Array.IndexOf(header, "predict_type");
        status = Array.IndexOf(header, "predict_status");
        seconds = Array.IndexOf(header, "exec_time_seconds");
        owner = Array.IndexOf(header, "groupId");
        model = Array.IndexOf(header, "checkpoint_model_version_id");
        adapters = Array.IndexOf(header, "num_lora");
    }

    public string Format => "gentd26";

    public string Namespace => "gentd";

    public FunctionName Nested { get; } = FunctionName.Parse("LORA");

    public static IWorkloadReader? TryOpen(string header)
    {
        var reader = new Gentd26Reader(header.Split(','));
        int[] needed = [reader.start, reader.function, reader.status, reader.seconds, reader.owner, reader.model, reader.adapters];
        return needed.All(index => index >= 0) ? reader : null;
    }

    public Parsed<WorkloadRow> Read(string line)
    {
        var fields = line.Split(',');
        if (fields.Length != columns)
        {
            return Wrong($"has {fields.Length} columns, not {columns}");
        }

        if (!DateTimeOffset.TryParseExact(
            fields[start], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var begin))
        {
            return Wrong($"has the start {Plain.Quote(fields[start])}, which is not a time");
        }

        if (!functions.TryGetValue(fields[function], out var what))
        {
            if (!FunctionName.TryParse(fields[function], null, out what))
            {
                return Wrong($"has the function {Plain.Quote(fields[function])}, which is not a function's name");
            }

            functions[fields[function]] = what;
        }

        if (EndingOf(fields[status]) is not { } ending)
        {
            return Wrong($"has the unknown status {Plain.Quote(fields[status])}");
        }

        // Where nothing was recorded, nothing is known to have taken any time.
        var taken = 0m;
        if (fields[seconds].Length > 0
            && !decimal.TryParse(fields[seconds], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out taken))
        {
            return Wrong($"has the duration {Plain.Quote(fields[seconds])}, which is not a number of seconds");
        }

        if (taken > (decimal)Longest.TotalSeconds)
        {
            return Wrong($"has the duration {Plain.Quote(fields[seconds])}, longer than {Longest.TotalHours} h");
        }

        if (!Principal.TryParse(fields[owner], null, out var who))
        {
            return Wrong($"has the owner {Plain.Quote(fields[owner])}, which is not a principal");
        }

        var segment = fields[model].Length == 0 ? "none" : fields[model].ToLowerInvariant();
        if (segment.Contains('/', StringComparison.Ordinal) || !SessionNamespace.TryParse(segment, out _))
        {
            return Wrong($"has the model {Plain.Quote(fields[model])}, which is not a namespace's segment");
        }

        // Where no number was recorded, none is known to have been applied.
        var nested = 0;
        if (fields[adapters].Length > 0
            && !(int.TryParse(fields[adapters], NumberStyles.None, CultureInfo.InvariantCulture, out nested) && nested <= MostNested))
        {
            return Wrong($"has {Plain.Quote(fields[adapters])} adapters, which is not a whole number up to {MostNested}");
        }

        var end = begin + TimeSpan.FromTicks((long)(taken * TimeSpan.TicksPerSecond));
        return new WorkloadRow(who, segment, begin, end, what, ending, nested);
    }

    private static WorkloadEnding? EndingOf(string status) => status switch
    {
        "SUCCEED" => WorkloadEnding.Returns,
        "FAILED" => WorkloadEnding.Throws,
        "PENDING" => WorkloadEnding.Cancelled,
        "PROCESSING" => WorkloadEnding.Unsettled,
        _ => null,
    };

    private static Parsed<WorkloadRow> Wrong(string problem) => Parsed<WorkloadRow>.Wrong(problem);
}
