namespace Sessions.Contracts.Tests.Support;

/// <summary>
/// Files that pin what was written once and must be read for ever. A test fails where one is missing or differs. After a change
/// that is meant (a new type, a new field), run the tests once with SESSIONS_UPDATE_GOLDEN=1, and look at the difference before
/// committing it: a line that changed, and not only grew, is data that running systems cannot read any more.
/// </summary>
internal static class Golden
{
    private static readonly string Folder =
        Path.Combine(FindRoot(new DirectoryInfo(AppContext.BaseDirectory)), "tests", "Contracts.Tests", "Golden");

    private static readonly bool Update = Environment.GetEnvironmentVariable("SESSIONS_UPDATE_GOLDEN") == "1";

    /// <summary>What the file holds, after it was compared with <paramref name="actual"/>.</summary>
    public static string AssertMatches(string name, string actual)
    {
        var path = Path.Combine(Folder, name);
        if (Update)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"Golden/{name} is missing; the comment on {nameof(Golden)} says how to write it.");
        var expected = File.ReadAllText(path);
        Assert.Equal(expected, actual);
        return expected;
    }

    /// <summary>What an earlier version wrote; never written again.</summary>
    public static string ReadEarlier(string name) => File.ReadAllText(Path.Combine(Folder, "earlier", name));

    public static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Folder, folder)).Select(path => Path.GetFileName(path));

    private static string FindRoot(DirectoryInfo? directory)
    {
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Sessions.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException("No directory above the tests has Sessions.sln.");
    }
}
