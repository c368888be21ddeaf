namespace Sessions;

/// <summary>What text may enter the system. One place, because what is stored is later shown, compared and searched.</summary>
internal static class TextRules
{
    /// <summary>What is wrong with <paramref name="text"/>, as the end of a sentence that names it; null if nothing is.</summary>
    public static string? FindFault(string? text, int minLength, int maxLength)
    {
        if (text is null)
        {
            return "is missing";
        }

        if (text.Length < minLength)
        {
            return "is empty";
        }

        // Before looking at the characters: a size is capped before anything is done with it.
        if (text.Length > maxLength)
        {
            return $"has {text.Length} characters, more than {maxLength}";
        }

        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is >= ' ' and <= '~')
            {
                continue;
            }

            if (c == '\0')
            {
                return $"has a NUL at position {i}";
            }

            if (char.IsControl(c))
            {
                return $"has the control character U+{(int)c:X4} at position {i}";
            }

            if (IsDirectionalControl(c))
            {
                return $"has the bidirectional control U+{(int)c:X4} at position {i}";
            }

            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(c))
            {
                return $"has a lone surrogate at position {i}";
            }
        }

        return null;
    }

    /// <summary>
    /// Whether a character embeds, overrides or isolates a direction of writing: it shows what follows in another order than it has, also
    /// beyond the text that it stands in. Text in a right-to-left script needs none.
    /// </summary>
    public static bool IsDirectionalControl(char c) => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    /// <summary>
    /// Text that is not a caller's and so cannot be refused, made fit to be stored: cut, and every character that
    /// <see cref="FindFault"/> would name replaced.
    /// </summary>
    public static string Clean(string text, int maxLength)
    {
        var clean = text[..Math.Min(text.Length, maxLength)].ToCharArray();
        for (var i = 0; i < clean.Length; i++)
        {
            if (char.IsHighSurrogate(clean[i]) && i + 1 < clean.Length && char.IsLowSurrogate(clean[i + 1]))
            {
                i++;
            }
            else if (char.IsControl(clean[i]) || char.IsSurrogate(clean[i]) || IsDirectionalControl(clean[i]))
            {
                clean[i] = '\uFFFD';
            }
        }

        return new string(clean);
    }
}
