using System.Collections.Immutable;

namespace Sessions;

/// <summary>Compares names with patterns in which <c>*</c> stands for any run of characters, also for none; case counts.</summary>
internal static class FunctionPatterns
{
    /// <summary>Whether one of <paramref name="patterns"/> matches <paramref name="name"/>; without patterns every name does.</summary>
    public static bool Match(ImmutableArray<string> patterns, string name)
    {
        if (patterns.IsDefaultOrEmpty)
        {
            return true;
        }

        foreach (var pattern in patterns)
        {
            if (Match(pattern, name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether every name that <paramref name="narrower"/> matches is matched by one of <paramref name="wider"/>; without patterns every
    /// name is. On doubt it is not: names that only several patterns together match are not looked for.
    /// </summary>
    public static bool Cover(ImmutableArray<string> wider, string narrower) =>

        // The star of the narrower one stands for any run of characters, and so can only be covered by a star.
        Match(wider, narrower);

    /// <summary>
    /// Each piece between two stars is looked for once, at the first place where it stands: what follows a star can begin
    /// anywhere, so that a later place never helps. Nothing is tried twice, whatever the pattern.
    /// </summary>
    private static bool Match(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var star = pattern.IndexOf('*');
        if (star < 0)
        {
            return pattern.SequenceEqual(name);
        }

        if (!name.StartsWith(pattern[..star], StringComparison.Ordinal))
        {
            return false;
        }

        name = name[star..];
        pattern = pattern[(star + 1)..];
        while ((star = pattern.IndexOf('*')) >= 0)
        {
            var at = name.IndexOf(pattern[..star], StringComparison.Ordinal);
            if (at < 0)
            {
                return false;
            }

            name = name[(at + star)..];
            pattern = pattern[(star + 1)..];
        }

        return name.EndsWith(pattern, StringComparison.Ordinal);
    }
}
