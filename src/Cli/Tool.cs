using System.CommandLine;
using System.CommandLine.Invocation;
using Sessions.Cli.Commands;
using Sessions.Cli.Output;

namespace Sessions.Cli;

/// <summary>The whole tool: parses, runs one command, answers with its exit code.</summary>
internal sealed class Tool
{
    private readonly CliEnvironment environment;
    private readonly GlobalOptions globals = new();
    private readonly RootCommand root;

    public Tool(CliEnvironment environment)
    {
        this.environment = environment;
        var runner = new CommandRunner(environment, globals);
        root = new RootCommand("Opens, steers and ends execution sessions. " + ExitCodes.Description)
        {
            MakingCommands.Create(runner),
            MakingCommands.Request(runner),
            TemplateCommands.Template(runner),
            DataCommands.Data(runner),
            PolicyCommands.Policy(runner),
            ListCommand.List(runner),
            OperationCommands.Operations(runner),
            CountCommand.Count(runner),
            StatsCommand.Stats(runner),
            HistoryCommand.History(runner),
            ReplayCommand.Replay(runner),
            WatchCommand.Watch(runner),
        };
        foreach (var command in SessionCommands.All(runner).Concat(ExecutionCommands.All(runner)))
        {
            root.Subcommands.Add(command);
        }

        globals.AddTo(root);
    }

    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken = default)
    {
        try
        {
            return await ParseAndRunAsync(args, cancellationToken);
        }
        catch (Exception fault) when (CliOutputException.IsCause(fault))
        {
            // Neither help nor an error could be written; whoever closed the outputs does not want to read that either.
            return ExitCodes.Unavailable;
        }
    }

    private async Task<int> ParseAndRunAsync(string[] args, CancellationToken cancellationToken)
    {
        // Without this, a reason such as @all would be taken for the name of a file to read arguments from.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            var output = new Output.Output(environment, args.Contains("--json"));
            var message = string.Join(" ", parsed.Errors.Select(error => error.Message));
            output.Fail(ErrorReport.Usage(message, PathTo(parsed)));
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = environment.Out,
                Error = environment.Error,

                // The process takes signals itself.
                ProcessTerminationTimeout = null,
            },
            cancellationToken);
    }

    private static string PathTo(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var at = (System.CommandLine.Parsing.SymbolResult?)parsed.CommandResult; at is not null; at = at.Parent)
        {
            if (at is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } command)
            {
                names.Push(command.Command.Name);
            }
        }

        return string.Join(' ', names.Prepend("sessions"));
    }
}
