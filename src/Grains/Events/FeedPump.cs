using Sessions.Core.Events;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Events;

/// <summary>
/// Fills a tail from the log while somebody reads it, and for a little while after, so that a reader who comes back for the next page
/// finds it. Lives in the turns of its grain.
/// </summary>
internal sealed class FeedPump
{
    private const int PageSize = 1000;

    // How late an event may be whose message was lost.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    // Transactions end within milliseconds; one that does not is not worth asking for a thousand times a second.
    private static readonly TimeSpan[] Pauses = [.. new[] { 1, 2, 5, 10, 20, 50, 100, 200, 500 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    private readonly IEventLog log;
    private readonly SessionNamespace tenant;
    private readonly EventTail tail;
    private TaskCompletionSource woken = NewSignal();
    private TaskCompletionSource grown = NewSignal();
    private int readers;
    private long lastReader = TimeProvider.System.GetTimestamp();

    private FeedPump(IEventLog log, SessionNamespace tenant, EventTail tail) => (this.log, this.tenant, this.tail) = (log, tenant, tail);

    /// <summary>Whether the tail grows.</summary>
    public bool IsRunning { get; private set; } = true;

    public static FeedPump Start(IEventLog log, SessionNamespace tenant, EventTail tail)
    {
        var pump = new FeedPump(log, tenant, tail);

        // At once: between the reader's last look and this one something may have been committed, and its message be gone by.
        pump.Wake();
        pump.RunAsync().Ignore();
        return pump;
    }

    /// <summary>Something was committed.</summary>
    public void Wake() => woken.TrySetResult();

    /// <summary>Lets those who wait go, and ends.</summary>
    public void Stop()
    {
        IsRunning = false;
        Wake();
        grown.TrySetResult();
    }

    /// <summary>Waits until the tail has grown or ends growing, or for so long.</summary>
    /// <exception cref="StoreUnavailableException">The log cannot be read now.</exception>
    public async Task WaitAsync(TimeSpan patience)
    {
        readers++;
        try
        {
            var growth = grown.Task;
            await ((Task)growth).WaitAsync(patience, TimeProvider.System).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (growth.IsFaulted)
            {
                await growth;
            }
        }
        finally
        {
            readers--;
            lastReader = TimeProvider.System.GetTimestamp();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (IsRunning && (readers > 0 || TimeProvider.System.GetElapsedTime(lastReader) < Linger))
            {
                await woken.Task.WaitAsync(Poll, TimeProvider.System).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

                // Before the look: a message that comes during it may be of a commit that it does not see.
                woken = NewSignal();
                await CatchUpAsync();
            }

            Stop();
        }
#pragma warning disable CA1031 // Whatever it is, those who wait are to hear it; the next reader begins anew.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            IsRunning = false;
            grown.TrySetException(exception);

            // Where nobody waits nobody has to hear it.
            grown.Task.Ignore();
        }
    }

    /// <summary>Reads on until everything is read that was committed when this began.</summary>
    private async Task CatchUpAsync()
    {
        EventCursor? newest = null;
        for (var pauses = 0; IsRunning;)
        {
            var page = await log.ReadLogAsync(tenant, tail.End, PageSize, CancellationToken.None);
            newest ??= page.Newest;
            tail.Append(page.Events, page.Next);
            if (!page.Events.IsEmpty)
            {
                SignalGrowth();
            }

            if (!page.IsAtHorizon)
            {
                continue;
            }

            if (page.Settled >= newest)
            {
                return;
            }

            await Task.Delay(Pauses[Math.Min(pauses++, Pauses.Length - 1)], TimeProvider.System);
        }
    }

    private void SignalGrowth()
    {
        var signal = grown;
        grown = NewSignal();
        signal.TrySetResult();
    }

    // Continuations must not run inside the pump that signals them.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
