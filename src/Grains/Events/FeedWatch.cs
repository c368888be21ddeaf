using Microsoft.Extensions.Logging;
using Sessions.Core.Events;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Events;

/// <summary>Looks now and then whether what was committed can be read, and says when it cannot.</summary>
internal sealed partial class FeedWatch(IEventLog log, FeedState state, SessionsInstruments instruments, ILogger<FeedWatch> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Behind for so long, the feed counts as stalled: transactions of nodes end within milliseconds.</summary>
    public static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Repeat(nameof(FeedWatch), ServiceLifecycleStage.Active, LookInterval, logger, LookAsync);

    private async Task LookAsync(CancellationToken stopping)
    {
        try
        {
            // Without events: only how far the log goes is asked.
            var page = await log.ReadLogAsync(within: null, EventCursor.End, limit: 1, stopping);
            state.OnLooked(page.Settled, page.Newest);
        }
        catch (StoreUnavailableException fault)
        {
            LogNotRead(fault.Message);
        }

        instruments.OnFeedLooked(state.Behind);
        if (state.Behind > Tolerated)
        {
            LogStalled(state.Behind);
        }
    }

    [LoggerMessage(123, LogLevel.Warning, "Events that are committed cannot be read for {Behind}: a transaction is open in a database of the server that began before them.")]
    private partial void LogStalled(TimeSpan behind);

    [LoggerMessage(124, LogLevel.Warning, "How far the event log goes could not be read: {Fault}")]
    private partial void LogNotRead(string fault);
}
