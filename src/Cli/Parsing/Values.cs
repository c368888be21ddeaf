using System.CommandLine;
using System.CommandLine.Parsing;

namespace Sessions.Cli.Parsing;

/// <summary>Makes options and arguments whose faults name them and say what would be right.</summary>
internal static class Values
{
    /// <summary>An option of one text.</summary>
    public static Option<T?> Converted<T>(string name, string form, string description, Func<string, Parsed<T>> parse)
        where T : struct => new(name)
        {
            Description = description,
            HelpName = form,
            CustomParser = result => Accept(result, name, parse(result.Tokens.Single().Value)),
        };

    /// <summary>An option of one value that has a text form of its own.</summary>
    public static Option<T?> Parsable<T>(string name, string form, string description)
        where T : struct, IParsable<T> => Converted(name, form, description, ParseText<T>);

    /// <summary>An option that may be repeated, all of whose texts make one value.</summary>
    public static Option<T?> Gathered<T>(string name, string form, string description, Func<IEnumerable<string>, Parsed<T>> parse) => new(name)
    {
        Description = description,
        HelpName = form,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            var parsed = parse(result.Tokens.Select(token => token.Value));
            if (parsed.Problem is { } problem)
            {
                result.AddError($"{name} {problem}.");
            }

            return parsed.Value;
        },
    };

    /// <summary>A required argument of one value that has a text form of its own.</summary>
    public static Argument<T> Argument<T>(string name, string description)
        where T : struct, IParsable<T> => new(name)
        {
            Description = description,
            CustomParser = result => Accept(result, name, ParseText<T>(result.Tokens.Single().Value)) ?? default,
        };

    /// <summary>The same, which may be left out.</summary>
    public static Argument<T?> OptionalArgument<T>(string name, string description)
        where T : struct, IParsable<T> => new(name)
        {
            Description = description,
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => result.Tokens.Count == 0 ? null : Accept(result, name, ParseText<T>(result.Tokens.Single().Value)),
        };

    /// <summary>A value that has a text form of its own.</summary>
    public static Parsed<T> ParseText<T>(string text)
        where T : struct, IParsable<T>
    {
        try
        {
            return T.Parse(text, null);
        }
        catch (FormatException fault)
        {
            return Parsed<T>.Wrong($"is {Plain.Quote(text)}: {fault.Message.TrimEnd('.')}");
        }
    }

    private static T? Accept<T>(ArgumentResult result, string name, Parsed<T> parsed)
        where T : struct
    {
        if (parsed.Problem is { } problem)
        {
            result.AddError($"{name} {problem}.");
            return null;
        }

        return parsed.Value;
    }
}
