using System.CommandLine;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary>What a command has at hand while it runs.</summary>
internal sealed record CommandContext(ParseResult Parsed, IClientConnection Connection, Output.Output Output, CliEnvironment Environment)
{
    public SessionsClient Client => Connection.Client;
}

/// <summary>Gives a command its client, and turns whatever goes wrong into a message and an exit code.</summary>
internal sealed class CommandRunner(CliEnvironment environment, GlobalOptions globals)
{
    /// <summary>Makes a command whose work answers with its exit code.</summary>
    public Command Command(string name, string description, IEnumerable<Symbol> takes, Func<CommandContext, CancellationToken, Task<int>> work)
    {
        var command = new Command(name, description);
        foreach (var symbol in takes)
        {
            if (symbol is Option option)
            {
                command.Options.Add(option);
            }
            else
            {
                command.Arguments.Add((Argument)symbol);
            }
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, work, cancellationToken));
        return command;
    }

    /// <summary>Makes a command that is done when its work is.</summary>
    public Command Command(string name, string description, IEnumerable<Symbol> takes, Func<CommandContext, CancellationToken, Task> work) =>
        Command(name, description, takes, async (context, cancellationToken) =>
        {
            await work(context, cancellationToken);
            return ExitCodes.Done;
        });

    private async Task<int> RunAsync(
        ParseResult parsed, Func<CommandContext, CancellationToken, Task<int>> work, CancellationToken cancellationToken)
    {
        var output = new Output.Output(environment, globals.IsJson(parsed));
        var isConnected = false;
        try
        {
            var settings = globals.Connection(parsed, environment.Variable) with { Waits = output.Waiting };
            await using var connection = await environment.Connect(settings, cancellationToken);
            isConnected = true;
            return await work(new CommandContext(parsed, connection, output, environment), cancellationToken);
        }
        catch (SessionException refusal)
        {
            output.Fail(Cli.Output.ErrorReport.Of(refusal.Error, isConnected));
            return ExitCodes.Of(refusal.Code);
        }
        catch (CliUsageException wrong)
        {
            output.Fail(Cli.Output.ErrorReport.Usage(wrong.Message, "sessions " + parsed.CommandResult.Command.Name));
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (environment.IsReaderGone())
            {
                return ExitCodes.Interrupted;
            }

            output.Fail(new() { Code = "Interrupted", Message = "Stopped; a command that was under way may have been done." });
            return ExitCodes.Interrupted;
        }
        catch (CliOutputException unwritten)
        {
            output.Fail(new() { Code = "Output", Message = unwritten.Message });
            return ExitCodes.Unavailable;
        }
#pragma warning disable CA1031 // The last stop before the user, who is to see a sentence and not a stack trace.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            output.Fail(new() { Code = "Internal", Message = $"{fault.GetType().Name}: {fault.Message}", Hint = "--verbose shows more" });
            return ExitCodes.Unavailable;
        }
    }
}
