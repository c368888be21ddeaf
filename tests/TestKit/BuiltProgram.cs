namespace Sessions.TestKit;

/// <summary>
/// Finds a program of this repository as it was built, in the configuration of the tests that run: as its users start it, with
/// its own settings and runtime configuration beside it.
/// </summary>
public static class BuiltProgram
{
    /// <summary>The node.</summary>
    public static string Silo { get; } = Find("Silo", "Sessions.Silo.dll");

    /// <summary>The command line tool.</summary>
    public static string Cli { get; } = Find("Cli", "sessions.dll");

    private static string Find(string project, string file)
    {
        // …/tests/Faults/bin/Debug/net10.0
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var root = output;
        while (!File.Exists(Path.Combine(root.FullName, "Sessions.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository.");
        }

        return Path.Combine(root.FullName, "src", project, "bin", output.Parent!.Name, output.Name, file);
    }
}
