using System.Collections.Immutable;

namespace Sessions.Cli.Parsing;

/// <summary>
/// Which sessions are meant, in one text: <c>namespace=acme/prod status=active,paused label.team in (x, y) text="two words" ends-before=10m</c>.
/// Everything that is stated applies. Quotes, double or single, keep blanks together; what stands in them is taken as it is.
/// </summary>
internal static class WhereText
{
    public const string Fields =
        "namespace, only, creator, status, template, label.KEY, parent, text, since, until, ends-after, ends-before";

    public const string Operators = "status and label.KEY also take !=, in (…) and not in (…), and label.KEY takes exists and not exists";

    private const string LabelPrefix = "label.";
    private static readonly string[] All = Fields.Split(", ");

    /// <summary>Reads one or more texts, which may not state a field twice.</summary>
    public static Parsed<StatedQuery> Parse(IEnumerable<string> texts)
    {
        var all = StatedQuery.Nothing;
        foreach (var text in texts)
        {
            var words = WhereWords.Read(text);
            if (words.Problem is { } unclosed)
            {
                return Parsed<StatedQuery>.Wrong(unclosed);
            }

            var rest = words.Value.AsSpan();
            while (!rest.IsEmpty)
            {
                var condition = Next(ref rest);
                var joined = condition.Problem is null ? all.And(condition.Value!) : condition;
                if (joined.Problem is not null)
                {
                    return joined;
                }

                all = joined.Value!;
            }
        }

        // An empty text would mean every session that there is. Whoever means that leaves the option out.
        return all == StatedQuery.Nothing ? Parsed<StatedQuery>.Wrong($"states nothing; the fields are {Fields}")
            : all.Problem is { } wrong ? Parsed<StatedQuery>.Wrong(wrong)
            : all;
    }

    private static Parsed<StatedQuery> Next(ref ReadOnlySpan<WhereWord> rest)
    {
        var (word, length) = (rest[0], 1);
        var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
        Parsed<StatedQuery> condition;
        if (word.List is not null || equals == 0)
        {
            condition = Parsed<StatedQuery>.Wrong($"has {Plain.Quote(word.Text)}, which is not field=value");
        }
        else if (equals > 0)
        {
            var isNot = word.Text[equals - 1] == '!';
            var (field, value) = (word.Text[..(isNot ? equals - 1 : equals)], word.Text[(equals + 1)..]);
            condition = value.Length == 0 ? Parsed<StatedQuery>.Wrong($"has {Plain.Quote(word.Text[..(equals + 1)])} without a value")
                : field.Length == 0 ? Parsed<StatedQuery>.Wrong($"has {Plain.Quote(word.Text)}, which is not field=value")
                : isNot ? OneOf(field, "!=", [value])
                : Equal(field, value);
        }
        else
        {
            // A field by itself is followed by what it is compared with.
            var isNot = rest.Length > 1 && rest[1].IsWord("not");
            var at = isNot ? 2 : 1;
            var name = isNot ? "not " : "";
            if (rest.Length > at && rest[at].IsWord("exists"))
            {
                (condition, length) = (Exists(word.Text, isNot), at + 1);
            }
            else if (rest.Length > at && rest[at].IsWord("in"))
            {
                condition = rest.Length > at + 1 && rest[at + 1].List is { IsEmpty: false } values
                    ? OneOf(word.Text, name + "in", values)
                    : Parsed<StatedQuery>.Wrong($"has {Plain.Quote(word.Text)} {name}in, which is followed by values as (x, y)");
                length = at + 2;
            }
            else
            {
                condition = Parsed<StatedQuery>.Wrong(
                    $"has {Plain.Quote(word.Text)}, which is not field=value{(KeyOf(word.Text) is not null || All.Contains(word.Text) ? $"; {Operators}" : "")}");
            }
        }

        rest = rest[Math.Min(length, rest.Length)..];
        return condition;
    }

    private static Parsed<StatedQuery> Exists(string field, bool isNot) =>
        Unknown(field) ?? (KeyOf(field) is { } key
            ? StatedQuery.Nothing with { Conditions = [new() { Key = key, Operator = isNot ? LabelOperator.NotExists : LabelOperator.Exists }] }
            : Parsed<StatedQuery>.Wrong($"has {field} {(isNot ? "not " : "")}exists, but only label.KEY takes that"));

    private static Parsed<StatedQuery> OneOf(string field, string @operator, ImmutableArray<string> values)
    {
        if (Unknown(field) is { } unknown)
        {
            return unknown;
        }

        var isNot = @operator != "in";
        if (KeyOf(field) is { } key)
        {
            return StatedQuery.Nothing with { Conditions = [new() { Key = key, Operator = isNot ? LabelOperator.NotIn : LabelOperator.In, Values = values }] };
        }

        if (field != "status")
        {
            return Parsed<StatedQuery>.Wrong($"has {field} {@operator}, but {field} takes only =; {Operators}");
        }

        var statuses = StatusText.Parse(values);
        return statuses.Problem is { } problem ? Parsed<StatedQuery>.Wrong($"has status, which {problem}")
            : StatedQuery.Nothing with { Statuses = isNot ? StatusText.AllBut(statuses.Value!.Value) : statuses.Value };
    }

    private static string? KeyOf(string field) =>
        field.StartsWith(LabelPrefix, StringComparison.Ordinal) && field.Length > LabelPrefix.Length ? field[LabelPrefix.Length..] : null;

    private static Parsed<StatedQuery>? Unknown(string field)
    {
        if (KeyOf(field) is { } key)
        {
            // It would be a part of a label's key, which no session has.
            return key[^1] is not ('!' or '<' or '>' or '~') ? default(Parsed<StatedQuery>?)
                : Parsed<StatedQuery>.Wrong($"has {Plain.Quote(field + "=")}, and '{key[^1]}=' is not an operator; a condition is field=value, and {Operators}");
        }

        return All.Contains(field) ? default(Parsed<StatedQuery>?)
            : Parsed<StatedQuery>.Wrong($"has {Plain.Quote(field)}, which is not a field; they are {Fields}");
    }

    private static Parsed<StatedQuery> Equal(string field, string value)
    {
        if (Unknown(field) is { } unknown)
        {
            return unknown;
        }

        var none = StatedQuery.Nothing;
        return field switch
        {
            "namespace" => With(Values.ParseText<SessionNamespace>(value), stated => none with { Namespace = stated }),
            "only" => With(ParseFlag(value), stated => none with { Only = stated }),
            "creator" => With(Values.ParseText<Principal>(value), stated => none with { Creator = stated }),
            "status" => With(StatusText.Parse([value]), stated => none with { Statuses = stated }),
            "template" => With(Values.ParseText<TemplateReference>(value), stated => none with { Template = stated }),
            "parent" => With(Values.ParseText<SessionId>(value), stated => none with { Parent = stated }),
            "text" => none with { Text = value },
            "since" => With(Moment.Ago(value), stated => none with { Since = stated }),
            "until" => With(Moment.Ago(value), stated => none with { Until = stated }),
            "ends-after" => With(Moment.Ahead(value), stated => none with { EndsAfter = stated }),
            "ends-before" => With(Moment.Ahead(value), stated => none with { EndsBefore = stated }),
            _ => none with { Labels = none.Labels.Add(KeyOf(field)!, value) },
        };

        Parsed<StatedQuery> With<T>(Parsed<T> parsed, Func<T, StatedQuery> set) =>
            parsed.Problem is { } problem ? Parsed<StatedQuery>.Wrong($"has {field}, which {problem}") : set(parsed.Value!);
    }

    private static Parsed<bool> ParseFlag(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ => Parsed<bool>.Wrong($"is {Plain.Quote(text)}, neither true nor false"),
    };
}
