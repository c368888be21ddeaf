using Sessions.Cli.Parsing;

namespace Sessions.Cli.Replay;

/// <summary>Reads the rows of one format. A further format is one class like <see cref="Gentd26Reader"/> and a line in <see cref="WorkloadFormats"/>.</summary>
internal interface IWorkloadReader
{
    /// <summary>The format's name.</summary>
    string Format { get; }

    /// <summary>The namespace that its sessions live in unless told otherwise.</summary>
    string Namespace { get; }

    /// <summary>What nests in its executions.</summary>
    FunctionName Nested { get; }

    /// <summary>One row, or what is wrong with it.</summary>
    Parsed<WorkloadRow> Read(string line);
}

/// <summary>One recorded execution.</summary>
/// <param name="Owner">Who ran it.</param>
/// <param name="Segment">The last segment of the namespace that it ran in.</param>
/// <param name="Start">When it began.</param>
/// <param name="End">When it was over.</param>
/// <param name="Function">What ran.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Nested">How many executions nested in it.</param>
internal readonly record struct WorkloadRow(
    Principal Owner, string Segment, DateTimeOffset Start, DateTimeOffset End, FunctionName Function, WorkloadEnding Ending, int Nested);

/// <summary>How a recorded execution ended.</summary>
internal enum WorkloadEnding : byte
{
    /// <summary>It returned.</summary>
    Returns,

    /// <summary>It threw.</summary>
    Throws,

    /// <summary>It was given up before it did anything.</summary>
    Cancelled,

    /// <summary>Nobody ever said: whoever ran it was gone.</summary>
    Unsettled,
}

/// <summary>The formats that can be read, told apart by the header.</summary>
internal static class WorkloadFormats
{
    private static readonly Func<string, IWorkloadReader?>[] All = [Gentd26Reader.TryOpen];

    /// <summary>The reader for a file that begins with <paramref name="header"/>; null if no format does.</summary>
    public static IWorkloadReader? Open(string header) => All.Select(open => open(header)).FirstOrDefault(reader => reader is not null);
}
