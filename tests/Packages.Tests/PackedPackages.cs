using System.IO.Compression;
using System.Xml.Linq;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Packages.Tests;

/// <summary>The packages of this repository, packed once from what was built, in a folder that serves as a source.</summary>
public sealed class PackedPackages : IAsyncLifetime, IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sessions-packages-");

    /// <summary>Where the packages are.</summary>
    public string Source => Path.Combine(root.FullName, "source");

    /// <summary>A package cache with nothing in it at the start.</summary>
    public string Cache => Path.Combine(root.FullName, "cache");

    /// <summary>The version that all of them have.</summary>
    public string Version { get; private set; } = "";

    public async Task InitializeAsync()
    {
        // One command for all: each of them would start the SDK, and read most of the same projects, once more.
        await DotNet.RunAsync(BuiltProgram.RepositoryRoot, Cache, "pack", "Sessions.sln", "--no-build", "-c", DotNet.Configuration, "-o", Source);

        const string Known = "Sessions.Contracts.";
        Version = Path.GetFileNameWithoutExtension(Directory.GetFiles(Source, Known + "*.nupkg").Single())[Known.Length..];
    }

    /// <summary>A new empty folder for a program, which restores from the packed packages beside the usual source.</summary>
    public string NewFolder(string name)
    {
        var folder = root.CreateSubdirectory(name).FullName;
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{Source}" />
              </packageSources>
            </configuration>
            """);
        return folder;
    }

    /// <summary>What a package says of itself.</summary>
    public XElement Manifest(string id)
    {
        using var archive = Open(id, "nupkg");
        using var stream = archive.Entries.Single(entry => entry.Name == $"{id}.nuspec").Open();
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    /// <summary>The files in a package.</summary>
    /// <param name="id">Which.</param>
    /// <param name="extension"><c>nupkg</c>, or <c>snupkg</c> for its symbols.</param>
    public IReadOnlyList<string> Files(string id, string extension = "nupkg")
    {
        using var archive = Open(id, extension);
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => root.Delete(recursive: true);

    private ZipArchive Open(string id, string extension) => ZipFile.OpenRead(Path.Combine(Source, $"{id}.{Version}.{extension}"));
}
