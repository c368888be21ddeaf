using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Executions;

/// <summary>Executions admitted, run and settled, beside the counters that people build quotas from.</summary>
internal sealed class ExecuteBenchmark : IBenchmark
{
    public const string LeasedName = "leased-execute";
    public const string StrictName = "strict-execute";

    // As many as DESIGN's hot row had; more only wait longer for the same lock.
    private const int HotRowClients = 16;

    private readonly bool strict;
    private readonly List<double> nodeMicroseconds = [];
    private PostgresServer? server;
    private RedisServer? redis;
    private HotRowAnchor? row;
    private NodeProcess? node;
    private WorkerProcess? load;

    private ExecuteBenchmark(bool strict) => this.strict = strict;

    public string Name => strict ? StrictName : LeasedName;

    public string Unit => "executions/s";

    public string AnchorName => strict ? row!.Name : RedisAnchor.Name;

    public string Notes =>
        $"{ExecuteLoad.Callers} callers in a process of their own, {(strict ? "all in one session, each asks for every execution" : "a session each")}, "
        + $"all quotas on, durable on PostgreSQL; the node used {Spread.Text(Spread.Of([.. nodeMicroseconds]).Median)} µs of CPU per execution";

    public static ExecuteBenchmark Leased() => new(strict: false);

    public static ExecuteBenchmark Strict() => new(strict: true);

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        if (strict)
        {
            row = await HotRowAnchor.PrepareAsync(server, HotRowClients);
        }
        else
        {
            redis = await RedisServer.StartAsync();
        }

        node = await NodeProcess.StartAsync(await server.CreateDatabaseAsync());
        load = await WorkerProcess.LoadAsync(strict ? Loads.StrictExecute : Loads.LeasedExecute, node.Gateway);
    }

    public Task<double> MeasureAnchorAsync() => strict ? row!.MeasureAsync() : new RedisAnchor(redis!).MeasureAsync();

    public async Task<double> MeasureFigureAsync()
    {
        var before = node!.Worker.ProcessorTime;
        var result = await load!.TurnAsync("");
        nodeMicroseconds.Add((node.Worker.ProcessorTime - before).TotalMicroseconds / result.Operations);
        return result.PerSecond;
    }

    public async ValueTask DisposeAsync()
    {
        row?.Dispose();
        foreach (var part in (IAsyncDisposable?[])[load, node, redis, server])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }
}
