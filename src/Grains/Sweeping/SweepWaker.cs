using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sessions.Grains.Hosting;
using Sessions.Grains.Session;

namespace Sessions.Grains.Sweeping;

/// <summary>
/// Wakes the grains of sessions that a sweep has claimed, beside the sweep: grains that do not answer keep none of the others from
/// being swept. A session that finds no room here, or whose grain cannot be woken, comes back when its claim is over.
/// </summary>
internal sealed partial class SweepWaker(IGrainFactory grains, ILogger<SweepWaker> logger)
{
    private const int Concurrency = 32;
    private const int Capacity = 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<SessionId> waiting = Channel.CreateBounded<SessionId>(Capacity);

    /// <summary>Wakes what comes until the silo stops.</summary>
    public Task RunAsync(CancellationToken stopping) =>
        Task.WhenAll(Enumerable.Range(0, Concurrency).Select(_ => Task.Run(() => WorkAsync(stopping), CancellationToken.None)));

    /// <summary>Takes sessions to wake; waits a while for room, so that a crowd is woken as fast as its grains can.</summary>
    public async Task WakeAsync(ImmutableArray<SessionId> sessions, CancellationToken stopping)
    {
        if (sessions.IsEmpty)
        {
            return;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        var taken = 0;
        try
        {
            for (; taken < sessions.Length; taken++)
            {
                await waiting.Writer.WriteAsync(sessions[taken], patience.Token);
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            LogNoRoom(sessions.Length - taken);
        }
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await WakeAsync(await waiting.Reader.ReadAsync(stopping));
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What waits still is woken by another silo, when its claim is over.
        }
    }

    private async Task WakeAsync(SessionId id)
    {
        try
        {
            await grains.GetGrain<ISessionGrainControl>(id.ToString()).Wake();
        }
#pragma warning disable CA1031 // One session that cannot be woken must not keep the others asleep; it comes back when its claim is over.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotWoken(exception, id);
        }
    }

    [LoggerMessage(162, LogLevel.Warning, "The sweep could not wake session {SessionId}.")]
    private partial void LogNotWoken(Exception exception, SessionId sessionId);

    [LoggerMessage(165, LogLevel.Warning, "The sweep had no room to wake {Count} sessions; they come back when their claims are over.")]
    private partial void LogNoRoom(int count);
}
