namespace Sessions.Architecture.Tests.Support;

/// <summary>The files that these tests read.</summary>
internal static class Repository
{
    /// <summary>The directory with the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>An assembly beside this one, as it was built.</summary>
    public static string AssemblyPath(string name) => Path.Combine(AppContext.BaseDirectory, name + ".dll");

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Sessions.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException("No directory above the tests has Sessions.sln.");
    }
}
