using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Sessions.Grains;

/// <summary>
/// Puts committed events on the lifecycle stream of their namespace, one commit after the other. The fast path only: the log
/// has the events already, and whoever misses one reads it there, so a failure here fails nothing.
/// </summary>
internal sealed partial class LifecyclePublisher(IStreamProvider streams, ILogger logger)
{
    private Task last = Task.CompletedTask;
    private IAsyncStream<SessionEvent>? stream;

    public void Publish(ImmutableArray<SessionEvent> events)
    {
        if (!events.IsEmpty)
        {
            last = PublishAfterAsync(last, events);
        }
    }

    private async Task PublishAfterAsync(Task previous, ImmutableArray<SessionEvent> events)
    {
        // Chained, or two commits' events could overtake each other on their way to the queue.
        await previous;
        try
        {
            stream ??= streams.GetStream<SessionEvent>(
                StreamId.Create(SessionsDefaults.LifecycleStreamNamespace, events[0].Namespace.ToString()));
            foreach (var e in events)
            {
                await stream.OnNextAsync(e);
            }
        }
#pragma warning disable CA1031 // The change is committed; no failure of the fast path may reach its caller.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotPublished(exception, events[0].SessionId, events[0].Sequence);
        }
    }

    [LoggerMessage(121, LogLevel.Warning, "Session {SessionId}: events from sequence {Sequence} are in the log but were not published.")]
    private partial void LogNotPublished(Exception exception, SessionId sessionId, long sequence);
}
