using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;
using Sessions.Benchmarks.Workers;
using Sessions.Client;

namespace Sessions.Benchmarks.Events;

/// <summary>
/// Takes events for a while, by a watch or from the bare stream, and tells how old each was when it came. An event's age is counted from
/// the instant it carries, which the node drew before it committed it; both ends have the clock of one machine.
/// </summary>
internal sealed class EventSubscriberLoad : IWorker
{
    public const string Namespace = "bench";

    /// <summary>The turn that watches.</summary>
    public const string Watch = "watch";

    /// <summary>The turn that subscribes to the stream.</summary>
    public const string Stream = "stream";

    public const string P50 = "p50 ms";
    public const string P99 = "p99 ms";
    public const string Longest = "longest ms";

    private static readonly TimeSpan Duration = PacedEventLoad.Duration + TimeSpan.FromSeconds(2);

    private readonly IHost host;

    public EventSubscriberLoad(string gateway)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSessionsClient(options => options.Gateways.Add(gateway));
        builder.UseOrleansClient(client => client.AddMemoryStreams(
            SessionsDefaults.NotifyStreamProvider, streams => streams.ConfigureStreamPubSub(StreamPubSubType.ExplicitGrainBasedOnly)));
        host = builder.Build();
    }

    private SessionsClient Client => host.Services.GetRequiredService<SessionsClient>();

    public async Task StartAsync()
    {
        await host.StartAsync();
        await Client.ConnectAsync();
    }

    public async Task<TurnResult> TurnAsync(string turn)
    {
        var ages = new List<double>();
        var begun = TimeProvider.System.GetUtcNow();
        using var stop = new CancellationTokenSource(Duration, TimeProvider.System);
        await (turn == Watch ? WatchAsync(Note, stop.Token) : SubscribeAsync(Note, stop.Token));
        ages.Sort();
        return new TurnResult
        {
            Operations = ages.Count,
            Seconds = PacedEventLoad.Duration.TotalSeconds,
            More = ages.Count == 0 ? new Dictionary<string, double>() : new Dictionary<string, double>
            {
                [P50] = ages[ages.Count / 2],
                [P99] = ages[ages.Count * 99 / 100],
                [Longest] = ages[^1],
            },
        };

        void Note(SessionEvent e)
        {
            if (e.At >= begun)
            {
                ages.Add((TimeProvider.System.GetUtcNow() - e.At).TotalMilliseconds);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }

    private async Task WatchAsync(Action<SessionEvent> note, CancellationToken stopping)
    {
        try
        {
            await foreach (var (_, e) in Client.WatchAsync(SessionNamespace.Parse(Namespace), new() { After = EventCursor.End }, stopping))
            {
                note(e);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The turn is over.
        }
    }

    private async Task SubscribeAsync(Action<SessionEvent> note, CancellationToken stopping)
    {
        var stream = host.Services.GetRequiredKeyedService<IStreamProvider>(SessionsDefaults.NotifyStreamProvider)
            .GetStream<SessionEvent>(StreamId.Create(SessionsDefaults.LifecycleStreamNamespace, Namespace));
        var subscription = await stream.SubscribeAsync((e, _) =>
        {
            note(e);
            return Task.CompletedTask;
        });
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await subscription.UnsubscribeAsync();
    }
}
