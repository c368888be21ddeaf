using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Executions;

/// <summary>What it costs to ask a lease, beside finding something in a dictionary.</summary>
internal sealed class LocalAdmissionBenchmark : IBenchmark
{
    public const string BenchmarkName = "local-admission";

    private readonly DictionaryLookupAnchor anchor = new();
    private NodeProcess? node;
    private WorkerProcess? load;
    private readonly List<double> byId = [];
    private TurnResult last = new();

    public string Name => BenchmarkName;

    public string Unit => "ns, lower is better";

    public string AnchorName => DictionaryLookupAnchor.Name;

    public int AnchorWarmUpTurns => 4;

    public string Notes =>
        $"state, expiry, permission and quotas of 1,000 sessions, by their handles; {last.More[LocalAdmissionLoad.Bytes]:n2} bytes allocated, "
        + $"settling takes {last.More[LocalAdmissionLoad.Settle]:n1} ns more; "
        + $"found by id in the manager's cache first {Spread.Text(Spread.Of([.. byId]).Median)} ns; {last.More[LocalAdmissionLoad.Misses]:n0} leases ran dry in the last turn";

    public async Task PrepareAsync()
    {
        node = await NodeProcess.StartAsync(connectionString: null);
        load = await WorkerProcess.LoadAsync(Loads.LocalAdmission, node.Gateway);
    }

    public Task<double> MeasureAnchorAsync() => Task.FromResult(anchor.Measure());

    public async Task<double> MeasureFigureAsync()
    {
        byId.Add(Nanoseconds(await load!.TurnAsync(LocalAdmissionLoad.ById)));
        last = await load.TurnAsync(LocalAdmissionLoad.ByHandle);
        return Nanoseconds(last);
    }

    private static double Nanoseconds(TurnResult result) => result.Seconds * 1e9 / result.Operations;

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in (IAsyncDisposable?[])[load, node])
        {
            if (worker is not null)
            {
                await worker.DisposeAsync();
            }
        }
    }
}
