using System.Collections.Immutable;
using Sessions.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Tests;

/// <summary>Every table at every width of a terminal, with text that is wide, narrow, combined, or written from right to left.</summary>
public sealed class TableWidthTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Texts =
    [
        "plain words of some length",
        "機能評価セッションの長い名前です",
        "👩‍👩‍👧‍👦🏳️‍🌈👍🏽 emoji",
        "e\u0301e\u0301e\u0301 combi\u0308ned",
        "שלום עולם مرحبا بالعالم",
        new('x', 120),
        new('中', 120),
        "control \u001b[31m and \u202e override",
        "",
    ];

    public static TheoryData<int> Widths => [.. Enumerable.Range(20, 181)];

    [Theory]
    [MemberData(nameof(Widths))]
    public async Task EveryTable_AtThisWidth_EndsAndFits(int width)
    {
        foreach (var text in Texts)
        {
            foreach (var (name, view) in Tables(text, width))
            {
                var written = await Task.Run(() => Write(view, width)).WaitAsync(TimeSpan.FromSeconds(30));
                var lines = written.Split('\n');
                Assert.All(lines, line => Assert.True(Cell.WidthOf(line) <= width, $"{name} at {width} columns: {line}"));
                Assert.DoesNotContain('\u001b', written);
                Assert.DoesNotContain('\u202e', written);
            }
        }
    }

    [Fact]
    public void List_At80Columns_HasWhatMattersMost_EachOnOneLine()
    {
        var lines = Write(ListViews.Sessions([Session("x")], Now, 80), 80).Split('\n');

        Assert.Contains("session", lines[1], StringComparison.Ordinal);
        Assert.Contains("status", lines[1], StringComparison.Ordinal);
        Assert.Contains("namespace", lines[1], StringComparison.Ordinal);
        Assert.Contains(" s-", lines[3], StringComparison.Ordinal);
        Assert.Contains("Active", lines[3], StringComparison.Ordinal);
        Assert.Contains("acme/prod/eval", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("╰", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_ThatAreStated_AreShownInTheirOrder()
    {
        var stated = ListViews.ParseColumns("labels, status");
        var lines = Write(ListViews.Sessions([Session("x")], Now, 80, stated.Value), 80).Split('\n');

        Assert.Matches("^│ labels +│ status +│$", lines[1]);
        Assert.Equal("has 'colour', which is not a column; they are " + ListViews.ColumnNames, ListViews.ParseColumns("status,colour").Problem);
    }

    private static IEnumerable<(string Name, IRenderable View)> Tables(string text, int width)
    {
        var session = Session(text);
        yield return ("list", ListViews.Sessions([session], Now, width));
        yield return ("list with all columns", ListViews.Sessions([session], Now, width, ListViews.ParseColumns(ListViews.ColumnNames).Value));
        yield return ("session", Views.Session(session, Now));
        var template = new SessionTemplate { Name = "notebook", Version = 3, Definition = new() { Description = text }, SetAt = Now, SetBy = session.Creator };
        yield return ("template", Views.Template(template, Now));
        yield return ("templates", Views.Templates([template], Now));
        yield return ("executions", Views.Executions([new ExecutionRecord { Sequence = 1, Function = FunctionName.Parse("math.add"), StartedAt = Now, Outcome = ExecutionOutcome.Succeeded }]));
        yield return ("counts", Views.Counts(new Dictionary<SessionStatus, long> { [SessionStatus.Active] = 1_000_000 }));
        var operation = new OperationSnapshot
        {
            Id = OperationId.New(),
            Verb = SessionVerb.Close,
            Status = OperationStatus.Running,
            Actor = session.Creator,
            Reason = text,
            StartedAt = Now,
            Obstacle = text,
        };
        yield return ("operation", OperationViews.Operation(operation, Now));
        yield return ("operations", OperationViews.Operations([operation], Now));
        var policy = new NamespacePolicy { Namespace = session.Namespace, Version = 1, SetAt = Now, SetBy = session.Creator, Reason = text, Definition = new() { Description = text } };
        yield return ("policy", PolicyViews.Policy(session.Namespace, policy, null, null, Now));
        yield return ("policies", PolicyViews.History([policy], Now));
    }

    private static SessionSnapshot Session(string text) => new()
    {
        Id = SessionId.Parse("s-0123456789abcdefghjkmnpqrs"),
        Namespace = SessionNamespace.Parse("acme/prod/eval"),
        Creator = Principal.Parse("alice"),
        Status = SessionStatus.Active,
        Version = 12,
        RequestedAt = Now.AddMinutes(-3),
        ExpiresAt = Now.AddHours(1),
        Failure = text,
        LastChange = new SessionCause(Principal.Parse("alice"), text, null),
        Configuration = new() { Labels = ImmutableSortedDictionary<string, string>.Empty.Add("key", text).Add("team", "größe") },
    };

    private static string Write(IRenderable view, int width)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = width;
        console.Write(view);
        return writer.ToString();
    }
}
