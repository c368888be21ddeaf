using System.Collections.Immutable;
using System.Text;
using Sessions.Cli.Parsing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Output;

/// <summary>Many sessions for people.</summary>
internal static class ListViews
{
    /// <summary>The columns that a list can have, the most important ones first, with the width from which each is readable.</summary>
    private static readonly ImmutableArray<SessionColumn> Columns =
    [
        new("session", 28, static (session, _) => new Cell(session.Id.ToString())),
        new("status", 8, static (session, _) => new Cell(Views.Ending(session), new Style(Views.ColorOf(session.Status)))),
        new("namespace", 16, static (session, _) => new Cell(session.Namespace.ToString())),
        new("ends", 12, static (session, now) => new Cell(Views.Distance(session.EndedAt ?? session.ExpiresAt, now) ?? "")),
        new("creator", 12, static (session, _) => new Cell(session.Creator.ToString())),
        new("requested", 12, static (session, now) => new Cell(Views.Distance(session.RequestedAt, now) ?? "")),
        new("template", 12, static (session, _) => new Cell(session.Template?.ToString() ?? "")),
        new("labels", 24, static (session, _) => new Cell(Labels(session))),
    ];

    /// <summary>The names of the columns.</summary>
    public static string ColumnNames { get; } = string.Join(", ", Columns.Select(static column => column.Name));

    /// <summary>Reads names of columns, separated by commas.</summary>
    public static Parsed<ImmutableArray<string>> ParseColumns(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        return names.FirstOrDefault(name => !Columns.Any(column => column.Name == name)) is { } unknown
            ? Parsed<ImmutableArray<string>>.Wrong($"has {Plain.Quote(unknown)}, which is not a column; they are {ColumnNames}")
            : ImmutableArray.Create(names);
    }

    /// <summary>A list as a table, with as many columns as are readable in the width of the terminal.</summary>
    /// <param name="sessions">In their order.</param>
    /// <param name="now">What times are seen from.</param>
    /// <param name="width">Of the terminal.</param>
    /// <param name="stated">The columns that the user wants; null for those that fit.</param>
    public static IRenderable Sessions(IReadOnlyList<SessionSnapshot> sessions, DateTimeOffset now, int width, ImmutableArray<string>? stated = null)
    {
        if (sessions.Count == 0)
        {
            return new Text("No session." + Environment.NewLine);
        }

        ImmutableArray<SessionColumn> shown = stated is { } names ? [.. names.Select(name => Columns.First(column => column.Name == name))] : Fitting(width);
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in shown)
        {
            table.AddColumn(new TableColumn(new Cell(column.Name)));
        }

        foreach (var session in sessions)
        {
            table.AddRow(shown.Select(column => column.Show(session, now)));
        }

        return table;
    }

    /// <summary>Ids alone, for other programs.</summary>
    public static byte[] Ids(IReadOnlyList<SessionSnapshot> sessions) =>
        Encoding.UTF8.GetBytes(string.Concat(sessions.Select(session => session.Id + Environment.NewLine)));

    private static ImmutableArray<SessionColumn> Fitting(int width)
    {
        // A cell has a blank on either side and a line after it.
        const int around = 3;
        var left = width - 1;
        var shown = Columns.TakeWhile(column => (left -= column.Width + around) >= 0).ToImmutableArray();
        return shown.IsEmpty ? [Columns[0]] : shown;
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
            soon.AddRow(new Cell(DurationText.Write(within)), new Cell(Views.Number(sessions)));
        }

        return new Rows(table, soon);

        void AddRow(string name, IReadOnlyDictionary<SessionStatus, long> byStatus) => table.AddRow(
        [
            new Cell(name),
            .. present.Select(status => new Cell(Views.Number(byStatus.GetValueOrDefault(status)))),
            new Cell(Views.Number(byStatus.Values.Sum())),
        ]);
    }

    private static string Labels(SessionSnapshot session) =>
        Plain.Clean(string.Join(", ", session.Configuration.Labels.Select(label => $"{label.Key}={label.Value}")));

    private sealed record SessionColumn(string Name, int Width, Func<SessionSnapshot, DateTimeOffset, Cell> Show);
}
