namespace Sessions.Packages.Tests;

/// <summary>The packages that this repository ships, and what each of them may depend on.</summary>
internal static class Packages
{
    public const string Tool = "sessions";

    /// <summary>Every library, with the packages that it brings along. A new dependency is a decision, and is made here too.</summary>
    public static readonly Dictionary<string, string[]> Libraries = new()
    {
        ["Sessions.Contracts"] = ["Microsoft.Orleans.Core.Abstractions"],
        ["Sessions.Core"] = ["Microsoft.Orleans.Serialization", "Sessions.Contracts"],
        ["Sessions.Server"] =
            ["Microsoft.Orleans.Sdk", "Microsoft.Orleans.Server", "Microsoft.Orleans.Streaming", "Sessions.Contracts", "Sessions.Core"],
        ["Sessions.PostgreSql"] = ["Microsoft.Orleans.Clustering.AdoNet", "Microsoft.Orleans.Persistence.AdoNet", "Npgsql", "Sessions.Server"],
        ["Sessions.Sqlite"] = ["Microsoft.Orleans.Sdk", "SQLitePCLRaw.bundle_e_sqlite3", "Sessions.Server"],
        ["Sessions.Testing"] =
            ["Microsoft.Extensions.TimeProvider.Testing", "Microsoft.Orleans.TestingHost", "Sessions.Client", "Sessions.Server"],
        ["Sessions.Client"] = ["BitFaster.Caching", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Orleans.Client", "Microsoft.Orleans.Sdk", "Sessions.Contracts"],
    };
}
