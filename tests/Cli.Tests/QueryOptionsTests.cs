using System.CommandLine;
using Sessions.Cli.Commands;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Tests;

public class QueryOptionsTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Options_and_where_together_Are_one_query()
    {
        var (options, parsed) = Parse(
            "--namespace", "acme", "--only", "--status", "active,paused", "--status", "closing", "--label", "a=b=c", "--since", "1h",
            "--where", "label.team=x", "--where", "creator=alice ends-before=10m");

        Assert.Empty(parsed.Errors);
        var query = options.Query(parsed, Now);
        Assert.Equal((SessionNamespace.Parse("acme"), false), (query.Namespace, query.IncludeBelow));
        Assert.Equal<SessionStatus>([SessionStatus.Active, SessionStatus.Paused, SessionStatus.Closing], query.Statuses);
        Assert.Equal([new("a", "b=c"), new("team", "x")], query.Labels);
        Assert.Equal(Principal.Parse("alice"), query.Creator);
        Assert.Equal((Now.AddHours(-1), Now.AddMinutes(10)), (query.RequestedFrom, query.EndsBefore));
    }

    [Fact]
    public void Nothing_stated_All_sessions_are_meant()
    {
        var (options, parsed) = Parse();
        Assert.Empty(parsed.Errors);
        Assert.Equal(SessionQuery.All, options.Query(parsed, Now));
    }

    [Theory]
    [InlineData("The query states creator twice.", "--creator", "alice", "--where", "creator=bob")]
    [InlineData("The query states label.a twice.", "--label", "a=b", "--where", "label.a=c")]
    [InlineData("The query states only, which needs a namespace.", "--only")]
    [InlineData("--where states only, which needs a namespace.", "--where", "only=true")]
    [InlineData("--where has 'x', which is not field=value.", "--where", "x", "--creator", "alice")]
    [InlineData("--where has 'x', which is not field=value.", "--where", "x", "--only")]
    public void What_does_not_go_together_Is_refused(string problem, params string[] args) =>
        Assert.Equal([problem], Parse(args).Parsed.Errors.Select(error => error.Message));

    private static (QueryOptions Options, ParseResult Parsed) Parse(params string[] args)
    {
        var (options, command) = (new QueryOptions(), new RootCommand());
        foreach (var option in options.All.Cast<Option>())
        {
            command.Options.Add(option);
        }

        command.Validators.Add(options.Validate);
        return (options, command.Parse(args));
    }
}
