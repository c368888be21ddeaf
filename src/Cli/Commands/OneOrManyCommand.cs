using System.CommandLine;
using System.Text;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions close</c> and <c>sessions pause</c>: one session by its id, or all that a query means.</summary>
internal sealed class OneOrManyCommand
{
    private readonly Argument<SessionId?> id = Values.OptionalArgument<SessionId>("ID", "The session's id, s-…");
    private readonly Option<string?> reason = CommonOptions.Reason();
    private readonly Option<StatedQuery?> where = QueryOptions.Where();

    private readonly Option<bool> dryRun = new("--dry-run")
    {
        Description = "With --where: show how many sessions are meant, and the first of them, and change nothing.",
    };

    private readonly Option<bool> yes = new("--yes") { Description = "With --where: do not ask whether this is meant." };

    private readonly Option<bool> detach = new("--detach")
    {
        Description = "With --where: return when the operation is started. It goes on in the cluster in any case.",
    };

    private readonly SessionVerb verb;

    private OneOrManyCommand(SessionVerb verb) => this.verb = verb;

    public static Command Close(CommandRunner runner) => new OneOrManyCommand(SessionVerb.Close).Make(
        runner, "close", "End a session, or all that are meant by --where; wins in every live state.");

    public static Command Pause(CommandRunner runner) => new OneOrManyCommand(SessionVerb.Pause).Make(
        runner, "pause", "Stop executions for a while, in a session or in all that are meant by --where.");

    private Command Make(CommandRunner runner, string name, string description)
    {
        var command = runner.Command(name, description, [id, reason, where, dryRun, yes, detach], RunAsync);
        command.Validators.Add(result =>
        {
            if (result.GetResult(id) is { Tokens.Count: > 0 } == result.GetResult(where) is not null)
            {
                result.AddError("ID and --where exclude each other, and one of them is needed.");
            }
            else if (result.GetResult(where) is null
                && new[] { dryRun, yes, detach }.FirstOrDefault(option => result.GetResult(option) is not null) is { } alone)
            {
                result.AddError($"{alone.Name} needs --where.");
            }
        });
        return command;
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var parsed = context.Parsed;
        if (parsed.GetValue(where) is not { } stated)
        {
            var (session, options) = (context.Client.Get(parsed.GetValue(id)!.Value), new SessionCommandOptions { Reason = parsed.GetValue(reason) });
            context.Show(await (verb == SessionVerb.Close
                ? session.CloseAsync(options, cancellationToken)
                : session.PauseAsync(options, cancellationToken)));
            return ExitCodes.Done;
        }

        var query = stated.At(context.Output.Now);
        if (parsed.GetValue(dryRun))
        {
            Show(context, await context.Client.PreviewAllAsync(verb, query, cancellationToken));
            return ExitCodes.Done;
        }

        if (!parsed.GetValue(yes) && !await IsMeantAsync(context, query, cancellationToken))
        {
            context.Output.Note("Nothing was changed.");
            return ExitCodes.Refused;
        }

        var all = new OperationOptions { Reason = parsed.GetValue(reason) };
        var operation = await (verb == SessionVerb.Close
            ? context.Client.CloseAllAsync(query, all, cancellationToken)
            : context.Client.PauseAllAsync(query, all, cancellationToken));
        if (parsed.GetValue(detach))
        {
            context.Show(operation.LastSeen!);
            return ExitCodes.Done;
        }

        return await OperationDisplay.FollowAsync(context, operation, cancellationToken);
    }

    /// <summary>Shows what is meant, and asks. Where nobody can be asked, the user has to have said it.</summary>
    private async Task<bool> IsMeantAsync(CommandContext context, SessionQuery query, CancellationToken cancellationToken)
    {
        if (!context.Output.IsLive)
        {
            throw new CliUsageException("--yes is needed where nobody can be asked; --dry-run shows what is meant");
        }

        Show(context, await context.Client.PreviewAllAsync(verb, query, cancellationToken));
        context.Output.Note($"{verb} them all? [y/N]");
        using var answers = new StreamReader(context.Environment.OpenIn(), Encoding.UTF8);
        return await answers.ReadLineAsync(cancellationToken) is { } answer && answer.Trim() is "y" or "Y" or "yes";
    }

    private void Show(CommandContext context, OperationPreview preview) => context.Output.Write(
        () => new OperationPreviewJson(verb, preview.Query, preview.ByStatus, preview.Total, preview.First.Select(session => session.Id)),
        () => OperationViews.Preview(verb, preview));
}
