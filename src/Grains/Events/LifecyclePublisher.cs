using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Streams;
using Sessions.Grains.Hosting;

namespace Sessions.Grains.Events;

/// <summary>
/// Puts committed events on the lifecycle streams of their namespace, one for implicit and one for explicit subscribers. The fast path only: the log has the events already, and
/// whoever misses one reads it there, so nothing waits for this and no failure here fails anything. One per silo rather than per
/// session, so that under load one message carries the events of many.
/// </summary>
internal sealed partial class LifecyclePublisher : ILifecycleParticipant<ISiloLifecycle>
{
    private const int LaneCount = 4;
    private const int LaneCapacity = 8192;
    private const int MaxBatch = 256;

    // A lone event leaves at once; those of a burst share a message, which costs as much for many events as for one.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly IStreamProvider[] providers;
    private readonly ILogger<LifecyclePublisher> logger;
    private readonly Channel<SessionEvent>[] lanes;

    public LifecyclePublisher(
        [FromKeyedServices(SessionsDefaults.LifecycleStreamProvider)] IStreamProvider lifecycle,
        [FromKeyedServices(SessionsDefaults.NotifyStreamProvider)] IStreamProvider notify,
        ILogger<LifecyclePublisher> logger)
    {
        providers = [lifecycle, notify];
        this.logger = logger;
        lanes = [.. Enumerable.Range(0, LaneCount).Select(_ => Channel.CreateBounded<SessionEvent>(
            new BoundedChannelOptions(LaneCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite },
            dropped => LogDropped(dropped.SessionId, dropped.Sequence)))];
    }

    /// <summary>Whether nothing is published; only to measure what publishing costs.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Takes the events of one commit. A session's events stay in order: its namespace decides the lane.</summary>
    public void Publish(ImmutableArray<SessionEvent> events)
    {
        if (IsSilent)
        {
            return;
        }

        foreach (var e in events)
        {
            LaneOf(e).Writer.TryWrite(e);
        }
    }

    /// <summary>
    /// Takes the events of a session that was swept. A million of them would fill every lane: those that come while there is little room
    /// are left to the log, where whoever misses them finds them.
    /// </summary>
    public void PublishSwept(ImmutableArray<SessionEvent> events)
    {
        if (!events.IsEmpty && LaneOf(events[0]).Reader.Count < LaneCapacity / 2)
        {
            Publish(events);
        }
    }

    public void Participate(ISiloLifecycle lifecycle)
    {
        var pumps = Task.CompletedTask;
        lifecycle.Subscribe(
            nameof(LifecyclePublisher),
            ServiceLifecycleStage.Active,
            _ =>
            {
                pumps = Task.WhenAll(lanes.Select(lane => Task.Run(() => PumpAsync(lane.Reader))));
                return Task.CompletedTask;
            },
            async stopping =>
            {
                Array.ForEach(lanes, lane => lane.Writer.TryComplete());
                await pumps.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            });
    }

    private Channel<SessionEvent> LaneOf(SessionEvent e) => lanes[(uint)e.Namespace.GetHashCode() % LaneCount];

    private async Task PumpAsync(ChannelReader<SessionEvent> lane)
    {
        var batch = new List<SessionEvent>(MaxBatch);
        while (await lane.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MaxBatch && lane.TryRead(out var e))
            {
                batch.Add(e);
            }

            foreach (var events in batch.GroupBy(e => e.Namespace))
            {
                SessionEvent[] published = [.. events];
                await Task.WhenAll(providers.Select(streams => PublishAsync(streams, events.Key, published)));
            }

            if (lane.Count < MaxBatch)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    private async Task PublishAsync(IStreamProvider streams, SessionNamespace @namespace, SessionEvent[] events)
    {
        try
        {
            var id = StreamId.Create(SessionsDefaults.LifecycleStreamNamespace, @namespace.ToString());
            await streams.GetStream<SessionEvent>(id).OnNextBatchAsync(events);
        }
#pragma warning disable CA1031 // The changes are committed; no failure of the fast path may end it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotPublished(exception, events.Length, @namespace, streams.Name);
        }
    }

    [LoggerMessage(121, LogLevel.Warning, "{Count} events of {Namespace} are in the log but were not published on {Provider}.")]
    private partial void LogNotPublished(Exception exception, int count, SessionNamespace @namespace, string provider);

    [LoggerMessage(122, LogLevel.Warning, "Session {SessionId}: event {Sequence} is in the log but was not published; too many wait.")]
    private partial void LogDropped(SessionId sessionId, long sequence);
}
