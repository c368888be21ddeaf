using System.CommandLine;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions count</c>.</summary>
internal static class CountCommand
{
    public static Command Count(CommandRunner runner)
    {
        var within = Values.Parsable<SessionNamespace>("--namespace", "PATH", "Count there and below. Default: everywhere.");
        return runner.Command("count", "Count the sessions in each state.", [within], async (context, cancellationToken) =>
        {
            var stated = context.Parsed.GetValue(within);
            var counts = await context.Client.CountByStatusAsync(stated, cancellationToken);
            var complete = StateCounts.Complete([counts]);
            context.Output.Write(() => CountsJson.Of(stated, complete), () => Views.Counts(complete));
        });
    }
}
