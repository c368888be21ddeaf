using System.Text;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Replay;

/// <summary>A session that a recorded workload makes necessary.</summary>
internal sealed class WorkloadSession(Principal owner, string segment, DateTimeOffset start)
{
    public Principal Owner { get; } = owner;

    /// <summary>From the session's first row; later rows may name another, and stay in this session.</summary>
    public string Segment { get; } = segment;

    public DateTimeOffset Start { get; } = start;

    /// <summary>The latest end of its executions so far.</summary>
    public DateTimeOffset LastEnd { get; set; } = start;

    /// <summary>The durations of its executions, as recorded.</summary>
    public TimeSpan ComputeTime { get; set; }

    /// <summary>In the order in which they start.</summary>
    public List<WorkloadExecution> Executions { get; } = [];
}

/// <summary>A recorded execution in its session. Kept small: there is one of it for every row.</summary>
internal readonly record struct WorkloadExecution(DateTimeOffset Start, FunctionName Function, WorkloadEnding Ending, int Nested)
{
    /// <summary>How many run inside it: only those that ran to an end have left a trace of what they ran.</summary>
    public int Inside => Ending is WorkloadEnding.Returns or WorkloadEnding.Throws ? Nested : 0;
}

/// <summary>A recorded workload, folded into sessions.</summary>
internal sealed class Workload
{
    /// <summary>How long a session outlives its last execution: an owner's next row within this time belongs to it.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(600);

    // More than any row needs; a file without line ends must not be taken into memory whole.
    private const int MaxLineLength = 64 * 1024;
    private const int SamplesKept = 5;

    private readonly Dictionary<Principal, WorkloadSession> open = [];
    private readonly List<WorkloadSession> sessions = [];
    private readonly List<string> skippedSamples = [];

    private Workload(IWorkloadReader reader) => (Format, Namespace, Nested) = (reader.Format, reader.Namespace, reader.Nested);

    public string Format { get; }

    public string Namespace { get; }

    /// <inheritdoc cref="IWorkloadReader.Nested"/>
    public FunctionName Nested { get; }

    /// <summary>In the order in which they start.</summary>
    public IReadOnlyList<WorkloadSession> Sessions => sessions;

    public long RowsRead { get; private set; }

    public long RowsSkipped { get; private set; }

    /// <summary>The first rows that were skipped, and why.</summary>
    public IReadOnlyList<string> SkippedSamples => skippedSamples;

    /// <exception cref="CliUsageException">The file cannot be read, or has no known format.</exception>
    public static Workload Read(string path)
    {
        try
        {
            using var text = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: true);
            return Read(text, Plain.Quote(path));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliUsageException($"{Plain.Quote(path)} cannot be read: {fault.Message}");
        }
    }

    /// <exception cref="CliUsageException">The text has no known format.</exception>
    public static Workload Read(TextReader text, string name)
    {
        var lines = new CappedLines(text, MaxLineLength);
        var reader = lines.Next() is { } header ? WorkloadFormats.Open(header) : null;
        var workload = new Workload(reader ?? throw new CliUsageException(
            $"{name} begins with no header that a known format has; the known format is gentd26 (lora_request_trace.csv)."));
        while (lines.Next() is { } line)
        {
            workload.RowsRead++;
            var row = lines.WasCut ? Parsed<WorkloadRow>.Wrong($"is longer than {MaxLineLength} characters") : reader.Read(line);
            if (row.Problem is { } problem)
            {
                workload.Skip($"row {workload.RowsRead} {problem}");
            }
            else
            {
                workload.Add(row.Value);
            }
        }

        return workload;
    }

    private void Skip(string problem)
    {
        RowsSkipped++;
        if (skippedSamples.Count < SamplesKept)
        {
            skippedSamples.Add(problem);
        }
    }

    private void Add(WorkloadRow row)
    {
        if (!open.TryGetValue(row.Owner, out var session) || row.Start > session.LastEnd + Linger)
        {
            session = new WorkloadSession(row.Owner, row.Segment, row.Start);
            open[row.Owner] = session;
            sessions.Add(session);
        }

        session.Executions.Add(new(row.Start, row.Function, row.Ending, row.Nested));
        session.ComputeTime += row.End - row.Start;
        session.LastEnd = row.End > session.LastEnd ? row.End : session.LastEnd;
    }
}
