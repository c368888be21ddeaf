using System.CommandLine;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Spectre.Console;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions history</c>.</summary>
internal static class HistoryCommand
{
    public static Command History(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        var executions = new Option<bool>("--executions")
        {
            Description = "Show its logged executions too, where it was created with --log-executions.",
        };
        return runner.Command(
            "history",
            "Show all that happened to a session, when, by whom and why; also after its end, as long as it is kept.",
            [id, executions],
            async (context, cancellationToken) =>
            {
                var session = context.Client.Get(context.Parsed.GetValue(id));
                var events = await session.GetHistoryAsync(0, cancellationToken).ToListAsync(cancellationToken);
                var ran = context.Parsed.GetValue(executions)
                    ? await session.GetExecutionsAsync(0, cancellationToken).ToListAsync(cancellationToken)
                    : null;
                context.Output.Write(
                    () => new HistoryJson(session.Id, [.. events.Select(e => EventJson.Of(null, e))], ran),
                    () => new Rows([.. events.Select(Views.Event), .. ran is null ? [] : new[] { Views.Executions(ran) }]));
            });
    }
}
