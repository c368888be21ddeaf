namespace Sessions.TestKit;

/// <summary>
/// Finds a program of this repository as it was built, in the configuration of the tests that run: as its users start it, with
/// its own settings and runtime configuration beside it.
/// </summary>
public static class BuiltProgram
{
    /// <summary>The node.</summary>
    public static string Silo { get; } = Find("src", "Silo", "Sessions.Silo.dll");

    /// <summary>The command line tool.</summary>
    public static string Cli { get; } = Find("src", "Cli", "sessions.dll");

    /// <summary>The holders that a test can kill.</summary>
    public static string Holders { get; } = Find("tests", "Holders", "Sessions.Holders.dll");

    /// <summary>Where the solution stands.</summary>
    public static string RepositoryRoot
    {
        get
        {
            var root = Output;
            while (!File.Exists(Path.Combine(root.FullName, "Sessions.sln")))
            {
                root = root.Parent ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository.");
            }

            return root.FullName;
        }
    }

    // …/tests/Faults/bin/Debug/net10.0
    private static DirectoryInfo Output => new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    private static string Find(string folder, string project, string file) =>
        Path.Combine(RepositoryRoot, folder, project, "bin", Output.Parent!.Name, Output.Name, file);
}
