using System.Globalization;

namespace Sessions.TestKit;

/// <summary>Finds an installed PostgreSQL.</summary>
internal static class PostgresBinaries
{
    private const string Packages = "/usr/lib/postgresql";

    /// <summary>The directory with <c>postgres</c> and <c>initdb</c>, of the newest version; null if there is none.</summary>
    public static string? Directory { get; } = Candidates().FirstOrDefault(directory =>
        IsThere(Path.Combine(directory, "postgres")) && IsThere(Path.Combine(directory, "initdb")));

    // A link left over from an uninstalled package exists as a file.
    private static bool IsThere(string path) =>
        File.Exists(path) && (File.ResolveLinkTarget(path, returnFinalTarget: true)?.Exists ?? true);

    private static IEnumerable<string> Candidates()
    {
        var packaged = System.IO.Directory.Exists(Packages) ? System.IO.Directory.GetDirectories(Packages) : [];
        return packaged
            .OrderByDescending(path => double.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(path => Path.Combine(path, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
    }
}
