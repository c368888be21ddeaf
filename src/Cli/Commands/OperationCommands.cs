using System.CommandLine;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions operations list | get | cancel</c>.</summary>
internal static class OperationCommands
{
    public static Command Operations(CommandRunner runner) => new("operations", "List, show, follow and cancel operations over many sessions.")
    {
        List(runner),
        Get(runner),
        Cancel(runner),
    };

    /// <summary>Shows an operation as it stands.</summary>
    public static void Show(this CommandContext context, OperationSnapshot operation) =>
        context.Output.Write(() => OperationJson.Of(operation), () => OperationViews.Operation(operation, context.Output.Now));

    private static Command List(CommandRunner runner)
    {
        var within = Values.Argument<SessionNamespace>("NAMESPACE", "Those about this namespace or one below it.");
        var creator = Values.Parsable<Principal>("--by", "P", "Those that this principal started.");
        return runner.Command("list", "List the operations of the last week, latest first.", [within, creator], async (context, cancellationToken) =>
        {
            var path = context.Parsed.GetValue(within);
            var operations = await context.Client.ListOperationsAsync(path, context.Parsed.GetValue(creator), cancellationToken)
                .ToListAsync(cancellationToken);
            context.Output.Write(
                () => new OperationsJson(path, operations.Select(OperationJson.Of)), () => OperationViews.Operations(operations, context.Output.Now));
        });
    }

    private static Command Get(CommandRunner runner)
    {
        var id = Id();
        var follow = new Option<bool>("--follow") { Description = "Follow it until it has ended; stopping that leaves it alone." };
        return runner.Command("get", "Show an operation.", [id, follow], async (context, cancellationToken) =>
        {
            var operation = context.Client.GetOperation(context.Parsed.GetValue(id));
            if (context.Parsed.GetValue(follow))
            {
                return await OperationDisplay.FollowAsync(context, operation, cancellationToken);
            }

            context.Show(await operation.GetAsync(cancellationToken));
            return ExitCodes.Done;
        });
    }

    private static Command Cancel(CommandRunner runner)
    {
        var id = Id();
        var reason = CommonOptions.Reason();
        return runner.Command(
            "cancel", "Cancel an operation; what it has done stays done.", [id, reason], async (context, cancellationToken) =>
            {
                var operation = context.Client.GetOperation(context.Parsed.GetValue(id));
                context.Show(await operation.CancelAsync(context.Parsed.GetValue(reason), cancellationToken: cancellationToken));
            });
    }

    private static Argument<OperationId> Id() => Values.Argument<OperationId>("OPERATION", "The operation's id, o-…");
}
