using System.Xml.Linq;
using Sessions.Architecture.Tests.Support;

namespace Sessions.Architecture.Tests;

/// <summary>What the projects of the product refer to. A new reference is a decision: it is written down here.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Grains.Interfaces"] = ["Microsoft.Orleans.Core.Abstractions"],
        ["Core"] = ["src/Grains.Interfaces", "Microsoft.Orleans.Serialization"],
        ["Grains"] =
        [
            "src/Core", "src/Grains.Interfaces", "Microsoft.Orleans.Sdk", "Microsoft.Orleans.Server", "Microsoft.Orleans.Streaming",
        ],
        ["Storage.Postgres"] =
            ["src/Grains", "Microsoft.Orleans.Clustering.AdoNet", "Microsoft.Orleans.Persistence.AdoNet", "Npgsql"],
        ["Storage.Sqlite"] = ["src/Grains", "Microsoft.Orleans.Sdk", "SQLitePCLRaw.bundle_e_sqlite3"],
        ["Client"] = ["src/Grains.Interfaces", "BitFaster.Caching", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Orleans.Client", "Microsoft.Orleans.Sdk"],
        ["Testing"] = ["src/Client", "src/Grains", "Microsoft.Extensions.TimeProvider.Testing", "Microsoft.Orleans.TestingHost"],
        ["Cli"] = ["src/Client", "Microsoft.Extensions.Hosting", "Spectre.Console", "System.CommandLine"],
        ["Silo"] = ["src/Client", "src/Grains", "src/Storage.Postgres", "src/Storage.Sqlite"],
    };

    [Fact]
    public void Projects_ReadFromTheirFiles_ReferToWhatIsAllowedAndNothingElse()
    {
        var source = Path.Combine(Repository.Root, "src");
        var found = Directory.GetFiles(source, "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetFileName(Path.GetDirectoryName(file))!, ReferencesOf, StringComparer.Ordinal);

        Tables.AssertEqual(Allowed, found, "references of the projects under src");
    }

    [Fact]
    public void ProjectWithReferences_Read_GivesProjectsByFolderAndPackagesByName()
    {
        var file = Path.Combine(Repository.Root, "src", "Storage.Postgres", "Storage.Postgres.csproj");

        Assert.Superset(new HashSet<string>(["src/Grains", "Npgsql"]), ReferencesOf(file).ToHashSet());
    }

    private static IReadOnlySet<string> ReferencesOf(string file)
    {
        var items = XDocument.Load(file).Descendants().ToLookup(element => element.Name.LocalName, element => (string?)element.Attribute("Include"));
        var projects = items["ProjectReference"].Select(path =>
        {
            var target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, path!.Replace('\\', '/')));
            return Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(target)!).Replace('\\', '/');
        });
        return projects.Concat(items["PackageReference"].OfType<string>()).ToHashSet(StringComparer.Ordinal);
    }
}
