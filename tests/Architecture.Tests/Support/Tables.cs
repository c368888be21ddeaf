namespace Sessions.Architecture.Tests.Support;

/// <summary>Compares what is there with a table of what is allowed.</summary>
internal static class Tables
{
    /// <summary>Fails with every line that is missing in the table, and every line of the table that is not needed any more.</summary>
    public static void AssertEqual(
        IReadOnlyDictionary<string, string[]> allowed, IReadOnlyDictionary<string, IReadOnlySet<string>> found, string what)
    {
        var table = Lines(allowed.Select(row => (row.Key, (IEnumerable<string>)row.Value)));
        var actual = Lines(found.Select(row => (row.Key, (IEnumerable<string>)row.Value)));
        var differences = actual.Except(table).Select(line => $"not in the table: {line}")
            .Concat(table.Except(actual).Select(line => $"in the table, but not there: {line}"))
            .Order(StringComparer.Ordinal)
            .ToArray();
        Assert.True(
            differences.Length == 0,
            $"The {what} are not those of the table in this test. Remove the new one, or decide for it and change the table.\n"
            + string.Join('\n', differences));
    }

    // A row without entries is a line too: the row has to be there.
    private static HashSet<string> Lines(IEnumerable<(string From, IEnumerable<string> To)> rows) =>
        [.. rows.SelectMany(row => row.To.Select(to => $"{row.From} -> {to}").Append($"{row.From} ->"))];
}
