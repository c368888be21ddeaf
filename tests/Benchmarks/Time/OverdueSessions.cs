using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Benchmarks;

/// <summary>Sessions whose time is up already, in a few namespaces, saved as a node saves them.</summary>
internal static class OverdueSessions
{
    private const int Savers = 512;

    /// <summary>Where they live.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Enumerable.Range(0, 8).Select(n => string.Create(CultureInfo.InvariantCulture, $"bench/due-{n}"))];

    public static async Task StoreAsync(string connectionString, int count)
    {
        await using var source = SessionsDataSource.Create(connectionString);
        await using var store = new PostgresSessionStore(
            source, new PostgresStoreOptions(), TimeProvider.System, NullLogger<PostgresSessionStore>.Instance);
        await store.InitializeAsync(CancellationToken.None);
        var at = TimeProvider.System.GetUtcNow().AddHours(-2);
        await CallLoop.RunAsync(Savers, count, async n =>
        {
            await store.SaveAsync(
                SessionRecords.Create(@namespace: Names[n % Names.Count], overrides: new() { MaxDuration = TimeSpan.FromHours(1) }, at: at.AddMilliseconds(n)),
                CancellationToken.None);
        });
    }
}
