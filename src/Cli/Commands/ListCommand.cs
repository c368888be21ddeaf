using System.CommandLine;
using System.Globalization;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions list</c>.</summary>
internal static class ListCommand
{
    private const int DefaultLimit = 50;

    public static Command List(CommandRunner runner)
    {
        var query = new QueryOptions();
        var order = Values.Converted("--order", "ORDER", $"One of {OrderText.Names}. Default: newest.", OrderText.Parse);
        var limit = Values.Converted("--limit", "N", $"At most so many. Default: {DefaultLimit}.", ParseCount);
        var watch = new Option<bool>("--watch")
        {
            Description = "Keep the list up to date, as --namespace's sessions change; elsewhere than on a terminal a line for each change.",
        };
        var columns = Values.Converted("--columns", "LIST", $"These columns, of {ListViews.ColumnNames}. Default: as many as the terminal has room for.", ListViews.ParseColumns);
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Only the ids, one on a line." };
        var lines = new Option<bool>("--jsonl") { Description = "Print one JSON object per session and line, as they are read; for long lists." };
        var count = Values.Converted("--count", "N", "With --watch: end after so many changes. Default: never.", ParseCount);
        var command = runner.Command(
            "list", "List sessions.", [.. query.All, order, limit, columns, quiet, lines, watch, count], async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                var (ordered, most) = (parsed.GetValue(order) ?? SessionOrder.NewestFirst, parsed.GetValue(limit) ?? DefaultLimit);
                if (parsed.GetValue(watch))
                {
                    // Seen from now at every look, so that what ends in ten minutes stays what it says.
                    var live = new LiveList(context, () => query.Query(parsed, context.Output.Now), ordered, (int)most, parsed.GetValue(columns));
                    await live.ShowAsync(parsed.GetValue(count) ?? long.MaxValue, cancellationToken);
                    return;
                }

                if (parsed.GetValue(lines))
                {
                    await StreamAsync(context, query.Query(parsed, context.Output.Now), ordered, most, cancellationToken);
                    return;
                }

                var (sessions, isAll) = await ReadAsync(context, query.Query(parsed, context.Output.Now), ordered, (int)most, cancellationToken);
                if (parsed.GetValue(quiet))
                {
                    context.Output.Write(() => SessionListJson.Of(sessions, isAll), ListViews.Ids(sessions));
                }
                else
                {
                    context.Output.Write(
                        () => SessionListJson.Of(sessions, isAll),
                        () => ListViews.Sessions(sessions, context.Output.Now, context.Output.Console.Profile.Width, parsed.GetValue(columns)));
                }

                if (!isAll && !context.Output.IsJson)
                {
                    NoteMore(context, most);
                }
            });
        command.Validators.Add(query.Validate);
        command.Validators.Add(result =>
        {
            if (result.GetValue(watch) && !query.HasNamespace(result))
            {
                result.AddError("--watch needs a namespace.");
            }
            else if (result.GetValue(lines) && (result.GetValue(watch) || result.GetValue(quiet)))
            {
                result.AddError("--jsonl goes with neither --watch nor --quiet.");
            }
            else if (result.GetResult(count) is not null && !result.GetValue(watch))
            {
                result.AddError("--count needs --watch.");
            }
        });
        return command;
    }

    /// <summary>The first sessions of a list, and whether they are all.</summary>
    public static async Task<(IReadOnlyList<SessionSnapshot> Sessions, bool IsAll)> ReadAsync(
        CommandContext context, SessionQuery query, SessionOrder order, int most, CancellationToken cancellationToken)
    {
        var sessions = await context.Client.ListAsync(query, order, Math.Min(most + 1, SearchRules.MaxLimit), cancellationToken)
            .Take(most + 1)
            .ToListAsync(cancellationToken);
        return sessions.Count > most ? (sessions[..most], false) : (sessions, true);
    }

    private static async Task StreamAsync(
        CommandContext context, SessionQuery query, SessionOrder order, long most, CancellationToken cancellationToken)
    {
        var shown = 0L;
        await foreach (var session in context.Client.ListAsync(query, order, SearchRules.MaxLimit, cancellationToken))
        {
            if (++shown > most)
            {
                NoteMore(context, most);
                return;
            }

            context.Output.WriteJson(SessionJson.Of(session));
        }
    }

    private static void NoteMore(CommandContext context, long most) => context.Output.Note($"There are more; --limit shows more than {Views.Number(most)}.");

    private static Parsed<long> ParseCount(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 1_000_000
            ? count
            : Parsed<long>.Wrong($"is {Plain.Quote(text)}, not a whole number from 1 to 1,000,000");
}
