namespace Sessions.Silo.Settings;

/// <summary>Finds the name that somebody probably meant.</summary>
internal static class Spelling
{
    // "Retenton" for "Retention" is one edit, "LeaseDurtion" for "LeaseDuration" too; three of them make another word of a short one.
    private const int MostEdits = 2;

    /// <summary>The candidate nearest to <paramref name="word"/>, ignoring case; null if none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates) => candidates
        .Select(candidate => (Candidate: candidate, Edits: CountEdits(word.ToUpperInvariant(), candidate.ToUpperInvariant())))
        .Where(one => one.Edits <= MostEdits && one.Edits < one.Candidate.Length / 2)
        .OrderBy(one => one.Edits)
        .Select(one => one.Candidate)
        .FirstOrDefault();

    /// <summary>How many characters have to be added, left out or replaced to make one word of the other.</summary>
    private static int CountEdits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
