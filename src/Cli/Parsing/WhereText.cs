using System.Collections.Immutable;
using System.Text;

namespace Sessions.Cli.Parsing;

/// <summary>
/// Which sessions are meant, in one text: <c>namespace=acme/prod status=active,paused label.team=x text="two words" ends-before=10m</c>.
/// Everything that is stated applies. Quotes, double or single, keep blanks together; what stands in them is taken as it is.
/// </summary>
internal static class WhereText
{
    public const string Fields =
        "namespace, only, creator, status, template, label.KEY, text, since, until, ends-after, ends-before";

    private const string LabelPrefix = "label.";

    /// <summary>Reads one or more texts, which may not state a field twice.</summary>
    public static Parsed<StatedQuery> Parse(IEnumerable<string> texts)
    {
        var all = StatedQuery.Nothing;
        foreach (var text in texts)
        {
            var words = Words(text);
            if (words.Problem is { } unclosed)
            {
                return Parsed<StatedQuery>.Wrong(unclosed);
            }

            foreach (var word in words.Value)
            {
                var condition = Condition(word);
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

    private static Parsed<StatedQuery> Condition(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            return Parsed<StatedQuery>.Wrong($"has {Plain.Quote(word)}, which is not field=value");
        }

        var (field, value) = (word[..equals], word[(equals + 1)..]);
        if (field[^1] is '!' or '<' or '>' or '~')
        {
            // It would be a part of a label's key, which no session has.
            return Parsed<StatedQuery>.Wrong($"has {Plain.Quote(word)}, and '{field[^1]}=' is not an operator; a condition is field=value");
        }

        if (value.Length == 0)
        {
            return Parsed<StatedQuery>.Wrong($"has {Plain.Quote(field)} without a value");
        }

        var none = StatedQuery.Nothing;
        return field switch
        {
            "namespace" => With(Values.ParseText<SessionNamespace>(value), stated => none with { Namespace = stated }),
            "only" => With(ParseFlag(value), stated => none with { Only = stated }),
            "creator" => With(Values.ParseText<Principal>(value), stated => none with { Creator = stated }),
            "status" => With(StatusText.Parse([value]), stated => none with { Statuses = stated }),
            "template" => With(Values.ParseText<TemplateReference>(value), stated => none with { Template = stated }),
            "text" => none with { Text = value },
            "since" => With(Moment.Ago(value), stated => none with { Since = stated }),
            "until" => With(Moment.Ago(value), stated => none with { Until = stated }),
            "ends-after" => With(Moment.Ahead(value), stated => none with { EndsAfter = stated }),
            "ends-before" => With(Moment.Ahead(value), stated => none with { EndsBefore = stated }),
            _ when field.StartsWith(LabelPrefix, StringComparison.Ordinal) && field.Length > LabelPrefix.Length =>
                none with { Labels = none.Labels.Add(field[LabelPrefix.Length..], value) },
            _ => Parsed<StatedQuery>.Wrong($"has {Plain.Quote(field)}, which is not a field; they are {Fields}"),
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

    /// <summary>What blanks separate, without the quotes that keep some of them.</summary>
    private static Parsed<ImmutableArray<string>> Words(string text)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        var word = new StringBuilder();
        var (quote, inWord) = ('\0', false);
        foreach (var c in text)
        {
            if (quote != '\0' ? c != quote : c is not ('"' or '\'') && !char.IsWhiteSpace(c))
            {
                word.Append(c);
                inWord = true;
            }
            else if (quote != '\0')
            {
                quote = '\0';
            }
            else if (c is '"' or '\'')
            {
                (quote, inWord) = (c, true);
            }
            else if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }

        if (quote != '\0')
        {
            return Parsed<ImmutableArray<string>>.Wrong($"is {Plain.Quote(text)}, where a quote is opened and not closed");
        }

        if (inWord)
        {
            words.Add(word.ToString());
        }

        return words.ToImmutable();
    }
}
