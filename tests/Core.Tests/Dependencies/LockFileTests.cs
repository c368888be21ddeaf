using System.Text.Json;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Dependencies;

/// <summary>Reads what every project restores from its packages.lock.json.</summary>
public class LockFileTests
{
    private const string LockFile = "packages.lock.json";

    private static readonly string[] Folders = ["src", "tests"];

    // Released by the runtime's extensions repository, whose versions are its own.
    private static readonly string[] VersionedApart = ["Microsoft.Extensions.TimeProvider.Testing"];

    [Fact]
    public void EveryProject_HasALockFile()
    {
        var projects = Projects().ToList();

        Assert.NotEmpty(projects);
        Assert.DoesNotContain(projects, project => !File.Exists(LockOf(project)));
    }

    [Fact]
    public void LockFiles_NameNoRegistry() =>
        Assert.DoesNotContain(Projects(), project => File.ReadAllText(LockOf(project)).Contains("://", StringComparison.Ordinal));

    [Fact]
    public void ExtensionsOfThePlatform_InAllProjects_AreOfOneVersion()
    {
        var resolved = Projects().SelectMany(ReadPackages)
            .Where(package => package.Name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && !VersionedApart.Contains(package.Name))
            .Distinct()
            .ToLookup(package => package.Version, package => package.Name);

        // Printed by version, so that a failure names the packages that differ.
        Assert.True(
            resolved.Count == 1,
            string.Join("; ", resolved.Select(version => $"{version.Key}: {string.Join(", ", version.Order())}")));
    }

    private static IEnumerable<string> Projects() => Folders.SelectMany(
        folder => Directory.EnumerateDirectories(Path.Combine(Repository.Root, folder)).SelectMany(
            directory => Directory.EnumerateFiles(directory, "*.csproj")));

    private static string LockOf(string project) => Path.Combine(Path.GetDirectoryName(project)!, LockFile);

    private static IEnumerable<(string Name, string Version)> ReadPackages(string project)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(LockOf(project)));
        foreach (var framework in document.RootElement.GetProperty("dependencies").EnumerateObject())
        {
            foreach (var package in framework.Value.EnumerateObject())
            {
                // Projects are listed too, without a version.
                if (package.Value.TryGetProperty("resolved", out var version))
                {
                    yield return (package.Name, version.GetString()!);
                }
            }
        }
    }
}
