using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Packages.Tests;

/// <summary>Packs everything, then uses it as a user does who has only the packages.</summary>
public sealed partial class PackageTests(PackedPackages packed) : IClassFixture<PackedPackages>
{
    public static TheoryData<string> AllPackages => [.. Packages.Libraries.Keys, Packages.Tool];

    public static TheoryData<string> AllLibraries => [.. Packages.Libraries.Keys];

    [Theory]
    [MemberData(nameof(AllPackages))]
    public void Package_Packed_SaysWhatItIs(string id)
    {
        var manifest = packed.Manifest(id);
        var files = packed.Files(id);

        Assert.Equal("MIT", Value(manifest, "license"));
        Assert.Equal("README.md", Value(manifest, "readme"));
        Assert.Contains("README.md", files);
        Assert.True(Value(manifest, "description").Length > 40, "The description is longer than a title.");
        Assert.NotEmpty(Value(manifest, "tags"));
        Assert.NotEmpty(Value(manifest, "authors"));
        var repository = Child(manifest, "repository");
        Assert.Equal("git", repository.Attribute("type")?.Value);
        Assert.Matches("^[0-9a-f]{40}$", repository.Attribute("commit")?.Value);
    }

    [Theory]
    [MemberData(nameof(AllLibraries))]
    public void Library_Packed_HasDocumentationSymbolsAndNoMoreDependenciesThanStated(string id)
    {
        var files = packed.Files(id);
        var assembly = Path.GetFileNameWithoutExtension(Assert.Single(files, file => file.EndsWith(".dll", StringComparison.Ordinal)));
        Assert.Contains($"lib/net10.0/{assembly}.xml", files);
        Assert.Contains($"lib/net10.0/{assembly}.pdb", packed.Files(id, "snupkg"));

        var dependencies = packed.Manifest(id).Descendants().Where(element => element.Name.LocalName == "dependency").ToList();
        Assert.Equal(Packages.Libraries[id].Order(), dependencies.Select(dependency => dependency.Attribute("id")!.Value).Order());

        // What belongs together is of one version.
        Assert.All(
            dependencies.Where(dependency => dependency.Attribute("id")!.Value.StartsWith("Sessions.", StringComparison.Ordinal)),
            dependency => Assert.Equal(packed.Version, dependency.Attribute("version")!.Value));
    }

    [Fact]
    public async Task ProgramOfGettingStarted_RestoredFromThePackages_PrintsWhatThePageSays()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "getting-started.md"));
        var folder = packed.NewFolder("Greeter");
        var ports = LoopbackPorts.Free(2);
        foreach (Match file in SourceFile().Matches(page))
        {
            // The page has the default ports; several tests run on one machine.
            var text = file.Groups["text"].Value.Replace(
                "UseLocalhostClustering()", $"UseLocalhostClustering({ports[0]}, {ports[1]})", StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, file.Groups["name"].Value), text);
        }

        var references = AddedPackage().Matches(page).Select(added => (Id: added.Groups["id"].Value, IsOurs: added.Groups["preview"].Success)).ToList();
        Assert.NotEmpty(references);
        await File.WriteAllTextAsync(Path.Combine(folder, "Greeter.csproj"), ProjectFile(references));

        var printed = await DotNet.RunAsync(folder, packed.Cache, "run");

        Assert.Equal(Lines(Printed().Match(page).Groups["text"].Value), Lines(printed));
        Assert.True(File.Exists(Path.Combine(folder, "sessions.db")), "The sessions are in the file that the page names.");
    }

    [Fact]
    public async Task Tool_InstalledFromItsPackage_DrivesANode()
    {
        var folder = packed.NewFolder("tool");
        await DotNet.RunAsync(
            folder, packed.Cache, "tool", "install", Packages.Tool, "--tool-path", Path.Combine(folder, "bin"), "--version", packed.Version);
        await using var node = await SiloProcess.StartAsync(
            null, "Sessions:Storage=sqlite", $"Sessions:DataDirectory={Path.Combine(folder, "data")}");


        var created = JsonNode.Parse(await ToolAsync("create", "--namespace", "acme/eval", "--creator", "alice", "--activate"))!;
        var id = created["id"]!.GetValue<string>();
        await ToolAsync("pause", id, "--reason", "lunch");

        // The node is killed, and started again on the same file.
        await node.KillAsync();
        await using var again = await node.RestartAsync();
        var found = JsonNode.Parse(await ToolAsync("get", id))!;

        Assert.Equal("Active", created["status"]!.GetValue<string>());
        Assert.Equal((id, "Paused"), (found["id"]!.GetValue<string>(), found["status"]!.GetValue<string>()));

        Task<string> ToolAsync(params string[] arguments) => DotNet.RunAsync(
            Path.Combine(folder, "bin", Packages.Tool), folder, packed.Cache, ["--json", "--gateway", node.Gateway, .. arguments]);
    }

    private string ProjectFile(IEnumerable<(string Id, bool IsOurs)> references) => new XElement(
        "Project",
        new XAttribute("Sdk", "Microsoft.NET.Sdk"),
        new XElement(
            "PropertyGroup",
            new XElement("OutputType", "Exe"),
            new XElement("TargetFramework", "net10.0"),
            new XElement("ImplicitUsings", "enable"),
            new XElement("Nullable", "enable")),
        new XElement("ItemGroup", references.Select(reference => new XElement(
            "PackageReference",
            new XAttribute("Include", reference.Id),
            new XAttribute("Version", reference.IsOurs ? packed.Version : CentralVersion(reference.Id)))))).ToString();

    // The page takes the newest; the test takes the one that this repository is built with, so that it stays repeatable.
    private static string CentralVersion(string id)
    {
        var central = XDocument.Load(Path.Combine(BuiltProgram.RepositoryRoot, "Directory.Packages.props"));
        var version = central.Descendants("PackageVersion").Single(package => package.Attribute("Include")!.Value == id).Attribute("Version")!.Value;
        return version.StartsWith("$(", StringComparison.Ordinal) ? central.Descendants(version[2..^1]).Single().Value : version;
    }

    private static XElement Child(XElement manifest, string name) => manifest.Elements().Single(element => element.Name.LocalName == name);

    private static string Value(XElement manifest, string name) => Child(manifest, name).Value;

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // A name in backquotes and a colon, then the file.
    [GeneratedRegex(@"^`(?<name>\w+\.cs)`:\n\n```csharp\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"^dotnet add package (?<id>[\w.]+)(?<preview> --prerelease)?$", RegexOptions.Multiline)]
    private static partial Regex AddedPackage();

    // What follows the command that runs it.
    [GeneratedRegex(@"^dotnet run\n```\n\n```\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Printed();
}
