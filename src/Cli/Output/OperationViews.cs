using Sessions.Cli.Parsing;
using Sessions.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Output;

/// <summary>Operations over many sessions for people. What came from outside goes in as text, never as markup.</summary>
internal static class OperationViews
{
    public static IRenderable Operation(OperationSnapshot operation, DateTimeOffset now)
    {
        var table = Views.Facts();
        Views.Row(table, "operation", $"{operation.Id}, {operation.Verb} all");
        Views.Row(table, "status", operation.Status.ToString());
        Views.Row(table, "sessions", Query(operation.Query));
        Views.Row(table, "answered", Answered(operation));
        Views.Row(table, "done", Views.Number(operation.Done));
        Views.Row(table, "skipped", operation.Skipped == 0 ? null : Views.Number(operation.Skipped));
        Views.Row(table, "refused", operation.Refused == 0 ? null : Views.Number(operation.Refused));
        foreach (var refusal in operation.Refusals)
        {
            Views.Row(table, $"refused by {refusal.SessionId}", $"{refusal.Code}: {Plain.Clean(refusal.Message)}");
        }

        Views.Row(table, "does not get on", operation.Obstacle);
        Views.Row(table, "started", $"{Views.Time(operation.StartedAt, now)} by {operation.Actor}{Because(operation.Reason)}");
        Views.Row(table, "ended", Views.Time(operation.EndedAt, now));
        Views.Row(table, "cancelled by", operation.Cancellation is { } cause ? $"{cause.Actor}{Because(cause.Reason)}" : null);
        return table;
    }

    public static IRenderable Operations(IEnumerable<OperationSnapshot> operations, DateTimeOffset now)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("operation", "verb", "status", "answered", "refused", "started", "reason");
        foreach (var operation in operations)
        {
            table.AddRow(
                new Cell(operation.Id.ToString()),
                new Cell(operation.Verb.ToString()),
                new Cell(operation.Status.ToString()),
                new Cell(Answered(operation)),
                new Cell(Views.Number(operation.Refused)),
                new Cell($"{Views.Time(operation.StartedAt, now)} by {operation.Actor}"),
                new Cell(operation.Reason ?? ""));
        }

        return table.Rows.Count == 0 ? new Text("") : table;
    }

    public static IRenderable Preview(SessionVerb verb, OperationPreview preview)
    {
        var table = Views.Facts();
        Views.Row(table, $"would {verb.ToString().ToLowerInvariant()}", $"{Views.Number(preview.Total)} sessions: {Query(preview.Query)}");
        foreach (var (status, count) in preview.ByStatus)
        {
            Views.Row(table, status.ToString(), Views.Number(count));
        }

        Views.Row(table, "the first", preview.First.IsEmpty ? null : string.Join('\n', preview.First.Select(session => $"{session.Id} {session.Namespace}")));
        return table;
    }

    /// <summary>How far an operation is, in one line.</summary>
    public static string Line(OperationSnapshot operation) =>
        $"{operation.Status}: {Answered(operation)} answered, done {Views.Number(operation.Done)}, "
        + $"skipped {Views.Number(operation.Skipped)}, refused {Views.Number(operation.Refused)}"
        + (operation.Obstacle is { } obstacle ? $"; it does not get on: {obstacle}" : "");

    private static string Answered(OperationSnapshot operation) =>
        operation.Total is { } total ? $"{Views.Number(operation.Answered)} of {Views.Number(total)}" : Views.Number(operation.Answered);

    private static string Because(string? reason) => reason is { Length: > 0 } ? $": {reason}" : "";

    /// <summary>A query in the words of <c>--where</c>.</summary>
    private static string Query(SessionQuery query)
    {
        var words = new List<string?>
        {
            query.Namespace is { } within ? $"namespace={within}" : null,
            query.IncludeBelow ? null : "only=true",
            query.Creator is { } creator ? $"creator={Quoted(creator.ToString())}" : null,
            query.Statuses.IsEmpty ? null : $"status={string.Join(',', query.Statuses.Select(status => status.ToString().ToLowerInvariant()))}",
            query.Template is { } template ? $"template={template}" : null,
            query.Parent is { } parent ? $"parent={parent}" : null,
            query.Text is { } text ? $"text={Quoted(text)}" : null,
            query.RequestedFrom is { } since ? $"since={since:O}" : null,
            query.RequestedBefore is { } until ? $"until={until:O}" : null,
            query.EndsFrom is { } endsAfter ? $"ends-after={endsAfter:O}" : null,
            query.EndsBefore is { } endsBefore ? $"ends-before={endsBefore:O}" : null,
        };
        words.AddRange(query.Labels.Select(label => $"label.{label.Key}={Quoted(label.Value)}"));
        words.AddRange(query.LabelConditions.Select(Condition));
        return Plain.Clean(string.Join(' ', words.OfType<string>()));
    }

    private static string Condition(LabelCondition condition)
    {
        var values = string.Join(", ", condition.Values.Select(Quoted));
        return condition.Operator switch
        {
            LabelOperator.In => $"label.{condition.Key} in ({values})",
            LabelOperator.NotIn => $"label.{condition.Key} not in ({values})",
            LabelOperator.Exists => $"label.{condition.Key} exists",
            _ => $"label.{condition.Key} not exists",
        };
    }

    private static string Quoted(string value) => value.Contains(' ', StringComparison.Ordinal) ? $"\"{value}\"" : value;
}
