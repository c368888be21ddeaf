using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Events;

/// <summary>How old an event is when a watch shows it, beside the bare stream, which shows what nobody has promised to keep.</summary>
internal sealed class EventLagBenchmark : IBenchmark
{
    public const string BenchmarkName = "event-lag";

    private readonly List<TurnResult> watched = [];
    private readonly List<double> produced = [];
    private PostgresServer? server;
    private NodeProcess? node;
    private WorkerProcess? load;
    private WorkerProcess? subscriber;

    public string Name => BenchmarkName;

    public string Unit => "ms at p99 from the decision, before the commit, to the subscriber, lower is better";

    public string AnchorName => "explicit subscriber of the memory stream, the same load";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public string Notes =>
        $"{Median(produced)} events/s of {PacedEventLoad.EventsPerSecond} wanted, through the gateway, durable on PostgreSQL; load and subscriber in "
        + $"processes of their own; p50 {Median(watched.Select(turn => turn.More[EventSubscriberLoad.P50]))} ms, "
        + $"longest {Spread.Text(watched.Max(turn => turn.More[EventSubscriberLoad.Longest]))} ms";

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        node = await NodeProcess.StartAsync(await server.CreateDatabaseAsync());
        load = await WorkerProcess.LoadAsync(Loads.PacedEvents, node.Gateway);
        subscriber = await WorkerProcess.LoadAsync(Loads.EventSubscriber, node.Gateway);
    }

    public async Task<double> MeasureAnchorAsync() => (await MeasureAsync(EventSubscriberLoad.Stream)).More[EventSubscriberLoad.P99];

    public async Task<double> MeasureFigureAsync()
    {
        var seen = await MeasureAsync(EventSubscriberLoad.Watch);
        watched.Add(seen);
        return seen.More[EventSubscriberLoad.P99];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[subscriber, load, node, server])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }

    private async Task<TurnResult> MeasureAsync(string turn)
    {
        var seeing = subscriber!.TurnAsync(turn);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        var made = await load!.TurnAsync("");
        produced.Add(made.PerSecond);
        var seen = await seeing;

        // Otherwise a subscriber that misses the slow ones would be a quick one.
        return seen.Operations == made.Operations
            ? seen
            : throw new InvalidOperationException($"{made.Operations} events were made and {seen.Operations} seen in time.");
    }

    private static string Median(IEnumerable<double> values) => Spread.Text(Spread.Of([.. values]).Median);
}
