using System.Text.Json;
using Sessions.Client;

namespace Sessions.Cli.Tests;

/// <summary>What one run of the tool left: its exit code and both outputs.</summary>
internal sealed record ToolRun(int ExitCode, string Out, string Error, ConnectionSettings? Settings)
{
    /// <summary>The one object on stdout; fails if there is more, or less.</summary>
    public JsonElement Json => One(Out);

    public JsonElement ErrorJson => One(Error);

    /// <summary>What was written to stdout as bytes.</summary>
    public byte[] Raw { get; init; } = [];

    /// <summary>Runs the tool on a cluster of its own, in which there is nothing.</summary>
    public static async Task<ToolRun> OnEmptyCluster(string[] args, Dictionary<string, string>? variables = null)
    {
        await using var cluster = new TestCluster();
        return await Of(cluster, args, variables);
    }

    /// <summary>Runs the tool on a cluster; null where no cluster answers.</summary>
    public static async Task<ToolRun> Of(TestCluster? cluster,
        string[] args,
        Dictionary<string, string>? variables = null,
        Func<ProgramStart, CancellationToken, Task<int>>? program = null,
        byte[]? input = null,
        bool isTerminal = false,
        bool errorIsTerminal = false,
        string[]? waits = null,
        CancellationTokenSource? stop = null)
    {
        using var raw = new MemoryStream();
        var (output, error) = (new StringWriter(), new StringWriter());
        ConnectionSettings? settings = null;
        var tool = new Tool(new CliEnvironment
        {
            Out = output,
            Error = error,
            OutIsTerminal = isTerminal,
            ErrorIsTerminal = errorIsTerminal,
            OpenIn = () => new MemoryStream(input ?? throw new InvalidOperationException("This run has no input.")),
            OpenOut = () => raw,
            Variable = name => variables?.GetValueOrDefault(name),
            Time = TimeProvider.System,
            RunProgram = program ?? ((_, _) => throw new NotSupportedException()),
            Connect = (stated, _) =>
            {
                settings = stated;
                foreach (var wait in waits ?? [])
                {
                    stated.Waits!(wait);
                }

                return cluster is not null ? Task.FromResult<IClientConnection>(new Connection(cluster.Client)) : throw new UnavailableException(
                    new SessionError { Code = SessionErrorCode.Unavailable, Message = "nobody there" });
            },
        });
        var exitCode = await tool.RunAsync(args, stop?.Token ?? CancellationToken.None);
        return new ToolRun(exitCode, output.ToString(), error.ToString(), settings) { Raw = raw.ToArray() };
    }

    /// <summary>A connection whose client belongs to the test.</summary>
    private sealed record Connection(SessionsClient Client) : IClientConnection
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private static JsonElement One(string text)
    {
        Assert.Equal(1, text.Count(c => c == '\n'));
        return JsonDocument.Parse(text).RootElement;
    }
}
