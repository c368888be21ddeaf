using Sessions.Benchmarks.Creations;
using Sessions.Benchmarks.Data;
using Sessions.Benchmarks.Events;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Files;
using Sessions.Benchmarks.Idle;
using Sessions.Benchmarks.Reads;
using Sessions.Benchmarks.Search;
using Sessions.Benchmarks.Time;

namespace Sessions.Benchmarks;

/// <summary>All benchmarks, by name.</summary>
internal static class Catalog
{
    private static readonly (string Name, Func<IBenchmark> Make)[] All =
    [
        (DurableCreateBenchmark.NameFor(32), () => new DurableCreateBenchmark(callers: 32)),
        (DurableCreateBenchmark.NameFor(256), () => new DurableCreateBenchmark(callers: 256)),
        (StoreCreateBenchmark.NameFor(32), () => new StoreCreateBenchmark(callers: 32)),
        (StoreCreateBenchmark.NameFor(256), () => new StoreCreateBenchmark(callers: 256)),
        (SqliteCreateBenchmark.BenchmarkName, () => new SqliteCreateBenchmark()),
        (FileSizeBenchmark.BenchmarkName, () => new FileSizeBenchmark()),
        (NodeStartBenchmark.BenchmarkName, () => new NodeStartBenchmark()),
        (CreateActivateBenchmark.NameFor(32), () => new CreateActivateBenchmark(callers: 32)),
        (CreateActivateBenchmark.NameFor(256), () => new CreateActivateBenchmark(callers: 256)),
        (ColdActivationBenchmark.BenchmarkName, () => new ColdActivationBenchmark()),
        (MemoryIdleBenchmark.BenchmarkName, () => new MemoryIdleBenchmark()),
        (ListPageBenchmark.BenchmarkName, () => new ListPageBenchmark()),
        (GrowthBenchmark.BenchmarkName, () => new GrowthBenchmark()),
        (ExpireBenchmark.BenchmarkName, () => new ExpireBenchmark()),
        (LocalAdmissionBenchmark.BenchmarkName, () => new LocalAdmissionBenchmark()),
        (AuthorizeBenchmark.CoHostedName, AuthorizeBenchmark.CoHosted),
        (AuthorizeBenchmark.GatewayName, AuthorizeBenchmark.ThroughTheGateway),
        (ExecuteBenchmark.LeasedName, ExecuteBenchmark.Leased),
        (ExecuteBenchmark.StrictName, ExecuteBenchmark.Strict),
        (FreshReadsBenchmark.BenchmarkName, () => new FreshReadsBenchmark()),
        (FenceBenchmark.BenchmarkName, () => new FenceBenchmark()),
        (CrossReadBenchmark.BenchmarkName, () => new CrossReadBenchmark()),
        (EventLagBenchmark.BenchmarkName, () => new EventLagBenchmark()),
        (EventsCostBenchmark.BenchmarkName, () => new EventsCostBenchmark()),
    ];

    public static IEnumerable<string> Names => All.Select(one => one.Name);

    /// <summary>Those that are named, in the order of the catalog; null if there is one that nobody knows.</summary>
    public static IReadOnlyList<Func<IBenchmark>>? Choose(IReadOnlyCollection<string> names) =>
        names.Except(Names).Any(name => name != "all")
            ? null
            : [.. All.Where(one => names.Contains("all") || names.Contains(one.Name)).Select(one => one.Make)];
}
