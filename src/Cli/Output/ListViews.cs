using Sessions.Cli.Parsing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Output;

/// <summary>Many sessions for people.</summary>
internal static class ListViews
{
    public static IRenderable Sessions(IReadOnlyList<SessionSnapshot> sessions, DateTimeOffset now)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn(new TableColumn("session").NoWrap())
            .AddColumns("namespace", "creator", "status", "template", "requested", "ends", "labels");
        foreach (var session in sessions)
        {
            table.AddRow(
                new Text(session.Id.ToString()),
                new Text(session.Namespace.ToString()),
                new Text(Plain.Clean(session.Creator.ToString())),
                new Text(Views.Ending(session), new Style(Views.ColorOf(session.Status))),
                new Text(session.Template?.ToString() ?? ""),
                new Text(Views.Time(session.RequestedAt, now) ?? ""),
                new Text(Views.Time(session.EndedAt ?? session.ExpiresAt, now) ?? ""),
                new Text(Labels(session)));
        }

        return sessions.Count == 0 ? new Text("No session." + Environment.NewLine) : table;
    }

    /// <summary>One change of a list on one line.</summary>
    public static IRenderable Line(SessionSnapshot session, bool isListed)
    {
        var words = $"{(isListed ? "+" : "-")} {session.Id} {session.Version} {Views.Ending(session)} {session.Namespace} {session.Creator} {Labels(session)}";
        return new Text(Plain.Clean(words).TrimEnd().ReplaceLineEndings(" ") + Environment.NewLine);
    }

    public static IRenderable Stats(IReadOnlyList<NamespaceCount> counts, IReadOnlyList<EndsWithin> ends)
    {
        var all = StateCounts.Complete(counts.Select(count => count.ByStatus));
        var present = all.Where(count => count.Value > 0).Select(count => count.Key).ToList();
        var table = new Table().Border(TableBorder.Rounded).AddColumn("namespace");
        foreach (var status in present)
        {
            table.AddColumn(new TableColumn(status.ToString()).RightAligned());
        }

        table.AddColumn(new TableColumn("total").RightAligned());
        foreach (var (within, byStatus) in counts)
        {
            AddRow(within.ToString(), byStatus);
        }

        AddRow("total", all);
        var soon = new Table().Border(TableBorder.Rounded).AddColumn("ends within").AddColumn(new TableColumn("sessions").RightAligned());
        foreach (var (within, sessions) in ends)
        {
            soon.AddRow(new Text(DurationText.Write(within)), new Text(Views.Number(sessions)));
        }

        return new Rows(table, soon);

        void AddRow(string name, IReadOnlyDictionary<SessionStatus, long> byStatus) => table.AddRow(
        [
            new Text(name),
            .. present.Select(status => new Text(Views.Number(byStatus.GetValueOrDefault(status)))),
            new Text(Views.Number(byStatus.Values.Sum())),
        ]);
    }

    private static string Labels(SessionSnapshot session) =>
        Plain.Clean(string.Join(", ", session.Configuration.Labels.Select(label => $"{label.Key}={label.Value}")));
}
