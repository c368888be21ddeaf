using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Sessions.Client;

/// <summary>
/// The client's connections to gateways, and which gateways are left alone for a while because they stopped answering. A process that stands
/// still keeps its connections: nothing ends them but whoever waits at the other end.
/// </summary>
internal sealed partial class GatewayLinks(TimeProvider time, ILogger<GatewayLinks> logger) : IDisposable
{
    /// <summary>How long a gateway that stopped answering is left alone at first; twice as long each time that it does so again.</summary>
    public static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="ShortestRest"/>
    public static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);

    /// <summary>For so long after a connection was lost, answers may still go to where it was.</summary>
    public static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<GatewayLink, byte> open = new();
    private readonly ConcurrentDictionary<IPEndPoint, Rest> resting = new();
    private CancellationTokenSource lost = new();
    private long lostAt;
    private volatile bool isDisposed;

    /// <summary>The connections that are open.</summary>
    public IEnumerable<GatewayLink> All => open.Keys;

    /// <summary>Cancelled when a connection ends, and with it the answers that were to come over it; the next reading gives another one.</summary>
    public CancellationToken Lost => isDisposed ? CancellationToken.None : Volatile.Read(ref lost).Token;

    /// <summary>Whether a connection was lost lately: nodes may not know yet where to answer, or which nodes there are.</summary>
    public bool IsSettling => Volatile.Read(ref lostAt) is not 0 and var then && time.GetElapsedTime(then) < SettlingTime;

    /// <summary>Those of the gateways that are not left alone; all of them if there is no such.</summary>
    public ImmutableArray<IPEndPoint> Among(ImmutableArray<IPEndPoint> gateways)
    {
        var now = time.GetTimestamp();
        ImmutableArray<IPEndPoint> rest = [.. gateways.Where(gateway => !IsResting(gateway, now))];
        return rest.IsEmpty ? gateways : rest;
    }

    /// <summary>Refuses to connect to a gateway that is left alone, before anybody waits for it: it may accept connections, or swallow attempts.</summary>
    /// <exception cref="ConnectionAbortedException">The gateway is left alone for now.</exception>
    public void ThrowIfResting(EndPoint endpoint)
    {
        if (endpoint is IPEndPoint gateway && IsResting(gateway, time.GetTimestamp()) && All.Any())
        {
            throw new ConnectionAbortedException($"The gateway {gateway} stopped answering; it is left alone for a while.");
        }
    }

    /// <summary>Middleware of the runtime's connections.</summary>
    public async Task RunAsync(ConnectionContext context, ConnectionDelegate next)
    {
        if (context.RemoteEndPoint is not IPEndPoint endpoint)
        {
            await next(context);
            return;
        }

        var link = new GatewayLink(endpoint, context, time);
        context.Transport = new WatchedTransport(context.Transport, link);
        Open(link);
        try
        {
            await next(context);
        }
        finally
        {
            Close(link);
        }
    }

    /// <summary>A connection has been opened.</summary>
    public void Open(GatewayLink link) => open.TryAdd(link, 0);

    /// <summary>A connection has ended. Calls that wait for answers hear of it, unless it never came to be.</summary>
    public void Close(GatewayLink link)
    {
        open.TryRemove(link, out _);
        if (link.WasHeardSince(1) && !isDisposed)
        {
            Volatile.Write(ref lostAt, time.GetTimestamp());
            Interlocked.Exchange(ref lost, new()).Cancel();
        }
    }

    /// <summary>Ends a connection whose gateway does not answer.</summary>
    /// <param name="link">The connection.</param>
    /// <param name="hasOthers">Whether another gateway answers: then this one is left alone for a while.</param>
    public void Leave(GatewayLink link, bool hasOthers)
    {
        var (endpoint, unanswered) = (link.Endpoint, link.Unanswered ?? TimeSpan.Zero);
        if (hasOthers)
        {
            var times = resting.TryGetValue(endpoint, out var before) && time.GetElapsedTime(before.Until) < LongestRest ? before.Times + 1 : 0;
            var rest = TimeSpan.FromTicks(Math.Min(LongestRest.Ticks, ShortestRest.Ticks << Math.Min(times, 10)));
            resting[endpoint] = new(time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency), times);
            LogLeft(endpoint, unanswered, rest);
        }
        else
        {
            LogReconnecting(endpoint, unanswered);
        }

        link.Leave($"The gateway {endpoint} has not answered for {unanswered.TotalSeconds:0.#} s.");
    }

    public void Dispose()
    {
        isDisposed = true;
        lost.Dispose();
    }

    private bool IsResting(IPEndPoint gateway, long now) => resting.TryGetValue(gateway, out var rest) && now < rest.Until;

    /// <param name="Until">Until which moment a gateway is left alone.</param>
    /// <param name="Times">How often in a row it was before.</param>
    private sealed record Rest(long Until, int Times);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "The gateway {Gateway} has not answered for {Unanswered}, and another one does. Its connection is ended, and it is left alone for {Rest}.")]
    private partial void LogLeft(IPEndPoint gateway, TimeSpan unanswered, TimeSpan rest);

    [LoggerMessage(EventId = 12, Level = LogLevel.Warning, Message = "The gateway {Gateway} has not answered for {Unanswered}. Its connection is ended, and another one is opened.")]
    private partial void LogReconnecting(IPEndPoint gateway, TimeSpan unanswered);
}
