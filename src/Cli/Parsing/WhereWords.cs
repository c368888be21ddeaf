using System.Collections.Immutable;
using System.Text;

namespace Sessions.Cli.Parsing;

/// <summary>A word of a text that says which sessions are meant, or a list of values.</summary>
/// <param name="Text">The word, without the quotes that kept its blanks.</param>
/// <param name="IsQuoted">Whether a part of it stood in quotes, so that it is no word of the language.</param>
/// <param name="List">The values between parentheses; null for a word.</param>
internal readonly record struct WhereWord(string Text, bool IsQuoted, ImmutableArray<string>? List)
{
    /// <summary>Whether it is this word of the language.</summary>
    public bool IsWord(string word) => List is null && !IsQuoted && Text == word;
}

/// <summary>Takes such a text apart.</summary>
internal static class WhereWords
{
    /// <summary>What blanks separate, and lists between parentheses.</summary>
    public static Parsed<ImmutableArray<WhereWord>> Read(string text)
    {
        var words = ImmutableArray.CreateBuilder<WhereWord>();
        ImmutableArray<string>.Builder? list = null;
        var word = new StringBuilder();
        var (quote, inWord, isQuoted) = ('\0', false, false);
        foreach (var c in text)
        {
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '"' or '\'')
            {
                (quote, inWord, isQuoted) = (c, true, true);
            }
            else if (c == '(' && list is null && (!inWord || (!isQuoted && word.Equals("in"))))
            {
                if (inWord)
                {
                    words.Add(new(Take(), IsQuoted: false, null));
                }

                list = ImmutableArray.CreateBuilder<string>();
            }
            else if (list is not null && (c is ',' or ')'))
            {
                if (!inWord)
                {
                    return Wrong("with a list that lacks a value");
                }

                list.Add(Take());
                if (c == ')')
                {
                    words.Add(new("(" + string.Join(", ", list) + ")", IsQuoted: false, list.ToImmutable()));
                    list = null;
                }
            }
            else if (!char.IsWhiteSpace(c))
            {
                word.Append(c);
                inWord = true;
            }
            else if (inWord && list is null)
            {
                var was = isQuoted;
                words.Add(new(Take(), was, null));
            }
        }

        if (quote != '\0')
        {
            return Wrong("where a quote is opened and not closed");
        }

        if (list is not null)
        {
            return Wrong("where a parenthesis is opened and not closed");
        }

        if (inWord)
        {
            var was = isQuoted;
            words.Add(new(Take(), was, null));
        }

        return words.ToImmutable();

        string Take()
        {
            var taken = word.ToString();
            word.Clear();
            (inWord, isQuoted) = (false, false);
            return taken;
        }

        Parsed<ImmutableArray<WhereWord>> Wrong(string how) => Parsed<ImmutableArray<WhereWord>>.Wrong($"is {Plain.Quote(text)}, {how}");
    }
}
