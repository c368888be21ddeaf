using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Sessions.Architecture.Tests.Support;

namespace Sessions.Architecture.Tests;

/// <summary>What the compiler wrote into the assemblies, which may use packages that a project has only through another one.</summary>
public sealed class AssemblyReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Sessions.Grains.Interfaces"] = ["Orleans.Core.Abstractions", "Orleans.Serialization", "Orleans.Serialization.Abstractions"],
        ["Sessions.Core"] = ["Sessions.Grains.Interfaces", "Orleans.Serialization", "Orleans.Serialization.Abstractions"],
        ["Sessions.Grains"] =
        [
            "Sessions.Core",
            "Sessions.Grains.Interfaces",
            "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Diagnostics",
            "Microsoft.Extensions.Logging.Abstractions",
            "Microsoft.Extensions.Options",
            "Orleans.Core",
            "Orleans.Core.Abstractions",
            "Orleans.Persistence.Memory",
            "Orleans.Runtime",
            "Orleans.Serialization",
            "Orleans.Serialization.Abstractions",
            "Orleans.Streaming",
        ],
        ["Sessions.Storage.Postgres"] =
        [
            "Sessions.Core",
            "Sessions.Grains",
            "Sessions.Grains.Interfaces",
            "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Logging.Abstractions",
            "Microsoft.Extensions.Options",
            "Npgsql",
            "Orleans.Clustering.AdoNet",
            "Orleans.Core",
            "Orleans.Core.Abstractions",
            "Orleans.Persistence.AdoNet",
            "Orleans.Runtime",
            "Orleans.Serialization",
            "Orleans.Serialization.Abstractions",
        ],
        ["Sessions.Storage.Sqlite"] =
        [
            "Sessions.Core",
            "Sessions.Grains",
            "Sessions.Grains.Interfaces",
            "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Logging.Abstractions",
            "Microsoft.Extensions.Options",
            "Orleans.Core",
            "Orleans.Core.Abstractions",
            "Orleans.Runtime",
            "Orleans.Serialization",
            "Orleans.Serialization.Abstractions",
            "SQLitePCLRaw.batteries_v2",
            "SQLitePCLRaw.core",
        ],
        ["Sessions.Client"] =
        [
            "Sessions.Grains.Interfaces",
            "BitFaster.Caching",
            "Microsoft.AspNetCore.Connections.Abstractions",
            "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Diagnostics.HealthChecks",
            "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions",
            "Microsoft.Extensions.Hosting.Abstractions",
            "Microsoft.Extensions.Logging.Abstractions",
            "Microsoft.Extensions.Options",
            "Orleans.Core",
            "Orleans.Core.Abstractions",
            "Orleans.Serialization",
            "Orleans.Serialization.Abstractions",
        ],
    };

    [Fact]
    public void Assemblies_AsTheyWereBuilt_ReferToWhatIsAllowedAndNothingElse()
    {
        var found = Allowed.Keys.ToDictionary(name => name, ReferencesOf, StringComparer.Ordinal);

        Tables.AssertEqual(Allowed, found, "references of the assemblies");
    }

    /// <summary>All but those of the platform itself.</summary>
    private static IReadOnlySet<string> ReferencesOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Repository.AssemblyPath(assembly)));
        var reader = file.GetMetadataReader();
        return reader.AssemblyReferences
            .Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))
            .Where(name => name != "System" && !name.StartsWith("System.", StringComparison.Ordinal))
            .ToHashSet(StringComparer.Ordinal);
    }
}
