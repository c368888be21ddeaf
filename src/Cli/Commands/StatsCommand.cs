using System.Collections.Immutable;
using System.CommandLine;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions stats</c>.</summary>
internal static class StatsCommand
{
    private static readonly ImmutableArray<TimeSpan> Soon = [TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromDays(1)];

    // Those that have an end which has not come.
    private static readonly ImmutableArray<SessionStatus> Open =
    [
        SessionStatus.Creating, SessionStatus.Created, SessionStatus.Activating, SessionStatus.Active, SessionStatus.Paused,
        SessionStatus.Closing,
    ];

    public static Command Stats(CommandRunner runner)
    {
        var within = Values.Parsable<SessionNamespace>("--namespace", "PATH", "Look there and below. Default: everywhere.");
        return runner.Command(
            "stats",
            "Count the sessions in each state, by namespace one level below, and those that end soon.",
            [within],
            async (context, cancellationToken) =>
            {
                var query = new SessionQuery { Namespace = context.Parsed.GetValue(within) };
                var counts = await context.Client.CountByNamespaceAsync(query, cancellationToken);
                var ends = await CountEndsAsync(context.Client, query, context.Output.Now, cancellationToken);
                context.Output.Write(() => StatsJson.Of(query.Namespace, counts, ends), () => ListViews.Stats(counts, ends));
            });
    }

    private static async Task<ImmutableArray<EndsWithin>> CountEndsAsync(
        SessionsClient client, SessionQuery query, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ends = ImmutableArray.CreateBuilder<EndsWithin>();
        foreach (var soon in Soon)
        {
            var counts = await client.CountAsync(query with { Statuses = Open, EndsBefore = now + soon }, cancellationToken);
            ends.Add(new EndsWithin(soon, counts.Values.Sum()));
        }

        return ends.ToImmutable();
    }
}
