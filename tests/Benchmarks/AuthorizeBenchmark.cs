using Sessions.Benchmarks.Calls;
using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks;

/// <summary>
/// What <see cref="ISessionGrain.Authorize"/> costs beside a call to an empty grain of the same signature: from inside the node in
/// CPU time, and through its gateway in calls per second.
/// </summary>
internal sealed class AuthorizeBenchmark : IBenchmark
{
    public const string CoHostedName = "cohosted-authorize";
    public const string GatewayName = "gateway-authorize";

    private readonly bool throughTheGateway;
    private readonly List<double> nodeMicroseconds = [];
    private readonly List<double> perSecond = [];
    private NodeProcess? node;
    private WorkerProcess? load;

    private AuthorizeBenchmark(bool throughTheGateway) => this.throughTheGateway = throughTheGateway;

    public string Name => throughTheGateway ? GatewayName : CoHostedName;

    public string Unit => throughTheGateway ? "calls/s" : "µs of CPU per call, lower is better";

    public string AnchorName => $"empty grain of the same signature, {AuthorizeCalls.Callers} callers";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public string Notes => throughTheGateway
        ? $"{AuthorizeCalls.Callers} callers in a process of their own; the node used {Median(nodeMicroseconds)} µs of CPU per Authorize"
        : $"{AuthorizeCalls.Callers} callers inside the node; {Median(perSecond)} Authorize/s";

    public static AuthorizeBenchmark CoHosted() => new(throughTheGateway: false);

    public static AuthorizeBenchmark ThroughTheGateway() => new(throughTheGateway: true);

    public async Task PrepareAsync()
    {
        node = await NodeProcess.StartAsync(connectionString: null);
        load = throughTheGateway ? await WorkerProcess.LoadAsync(Loads.GatewayCalls, node.Gateway) : null;
    }

    public async Task<double> MeasureAnchorAsync() => Figure(await (load ?? node!.Worker).TurnAsync(AuthorizeCalls.Empty));

    public async Task<double> MeasureFigureAsync()
    {
        var before = node!.Worker.ProcessorTime;
        var result = await (load ?? node.Worker).TurnAsync(AuthorizeCalls.Authorize);
        nodeMicroseconds.Add((node.Worker.ProcessorTime - before).TotalMicroseconds / result.Operations);
        perSecond.Add(result.PerSecond);
        return Figure(result);
    }

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

    private static string Median(List<double> values) => Spread.Text(Spread.Of([.. values]).Median);

    private double Figure(TurnResult result) => throughTheGateway ? result.PerSecond : result.CpuMicroseconds;
}
