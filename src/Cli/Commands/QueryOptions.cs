using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Commands;

/// <summary>The options that say which sessions are meant, each by itself and all of them in one text.</summary>
internal sealed class QueryOptions
{
    private readonly Option<SessionNamespace?> within = Values.Parsable<SessionNamespace>(
        "--namespace", "PATH", "Those that live there or below.");

    private readonly Option<bool> only = new("--only") { Description = "With --namespace: none of those below it." };

    private readonly Option<Principal?> creator = Values.Parsable<Principal>("--creator", "P", "Those of this creator.");

    private readonly Option<ImmutableArray<SessionStatus>?> status = Values.Gathered(
        "--status", "LIST", $"Those in one of these states: {StatusText.Names}.", StatusText.Parse);

    private readonly Option<TemplateReference?> template = Values.Parsable<TemplateReference>(
        "--template", "NAME[@V]", "Those made from this template; without a version, from any.");

    private readonly Option<ImmutableSortedDictionary<string, string>?> label = Values.Gathered(
        "--label", "KEY=VALUE", "Those with this label; may be repeated.", LabelText.Parse);

    private readonly Option<SessionId?> parent = Values.Parsable<SessionId>("--parent", "ID", "Those that this session opened.");

    private readonly Option<string?> text = new("--text")
    {
        Description = "Those with a label whose key or value contains this, upper and lower case alike; 2 to 64 characters.",
        HelpName = "TEXT",
    };

    private readonly Option<Moment?> since = Values.Converted(
        "--since", "TIME|DURATION", "Those requested at this time or later, or so long ago at most.", Moment.Ago);

    private readonly Option<Moment?> until = Values.Converted(
        "--until", "TIME|DURATION", "Those requested before this time, or longer ago.", Moment.Ago);

    private readonly Option<Moment?> endsAfter = Values.Converted(
        "--ends-after", "TIME|DURATION", "Those that end, or ended, at this time or later; a duration is from now.", Moment.Ahead);

    private readonly Option<Moment?> endsBefore = Values.Converted(
        "--ends-before", "TIME|DURATION", "Those that end, or ended, before this time; a duration is from now.", Moment.Ahead);

    private readonly Option<StatedQuery?> where = Where();

    public IEnumerable<Symbol> All =>
        [within, only, creator, status, template, label, parent, text, since, until, endsAfter, endsBefore, where];

    /// <summary>The option that takes all of it in one text; for commands that have no other.</summary>
    public static Option<StatedQuery?> Where() => Values.Gathered(
        "--where",
        "CONDITIONS",
        $"All in one, as \"namespace=acme/prod status!=closed label.team in (x, y) ends-before=10m\". The fields are {WhereText.Fields}; {WhereText.Operators}.",
        WhereText.Parse);

    /// <summary>Refuses, while a command is parsed, what is stated twice or not meant together.</summary>
    public void Validate(CommandResult result)
    {
        try
        {
            if (Join(result).Problem is { } problem)
            {
                result.AddError($"The query {problem}.");
            }
        }
        catch (InvalidOperationException)
        {
            // An option is wrong by itself: it has no value to give, and has said why.
        }
    }

    /// <summary>The query that was stated.</summary>
    public SessionQuery Query(ParseResult parsed, DateTimeOffset now) => Join(parsed.CommandResult).Value!.At(now);

    /// <summary>Whether a namespace is stated, while a command is parsed; true also where that cannot be told yet.</summary>
    public bool HasNamespace(CommandResult result)
    {
        try
        {
            return Join(result).Value is not { Namespace: null };
        }
        catch (InvalidOperationException)
        {
            // An option is wrong by itself, and has said why.
            return true;
        }
    }

    private Parsed<StatedQuery> Join(CommandResult result)
    {
        var byItself = new StatedQuery
        {
            Namespace = result.GetValue(within),
            Only = result.GetValue(only) ? true : null,
            Creator = result.GetValue(creator),
            Statuses = result.GetValue(status),
            Template = result.GetValue(template),
            Labels = result.GetValue(label) ?? SessionQuery.All.Labels,
            Parent = result.GetValue(parent),
            Text = result.GetValue(text),
            Since = result.GetValue(since),
            Until = result.GetValue(until),
            EndsAfter = result.GetValue(endsAfter),
            EndsBefore = result.GetValue(endsBefore),
        };
        var joined = byItself.And(result.GetValue(where) ?? StatedQuery.Nothing);
        return joined.Value?.Problem is { } problem ? Parsed<StatedQuery>.Wrong(problem) : joined;
    }
}
