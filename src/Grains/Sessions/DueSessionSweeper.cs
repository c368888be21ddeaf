using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Diagnostics;
using Sessions.Hosting;
using Sessions.Storage;

namespace Sessions.Grains;

/// <summary>
/// Wakes every session whose time has come and that nobody may be calling: reservations and transitional states at their
/// deadline, expiries, and what a crash interrupted. Several silos may wake the same one; the second finds nothing to do.
/// </summary>
internal sealed partial class DueSessionSweeper(
    ISessionStore store,
    IGrainFactory grains,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    SessionsInstruments instruments,
    ILogger<DueSessionSweeper> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private const int PageSize = 500;
    private const int Concurrency = 32;

    public void Participate(ISiloLifecycle lifecycle)
    {
        var stop = new CancellationTokenSource();
        var loop = Task.CompletedTask;
        lifecycle.Subscribe(
            nameof(DueSessionSweeper),
            ServiceLifecycleStage.Active,
            _ =>
            {
                loop = Task.Run(() => RunAsync(stop.Token), CancellationToken.None);
                return Task.CompletedTask;
            },
            async _ =>
            {
                await stop.CancelAsync();
                await loop;
            });
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        // The pace is the machine's, not the sessions' own clock, which a test may hold still.
        using var pace = new PeriodicTimer(options.Value.SweepInterval, TimeProvider.System);
        try
        {
            while (await pace.WaitForNextTickAsync(stopping))
            {
                await SweepAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task SweepAsync(CancellationToken stopping)
    {
        try
        {
            DueSession? last = null;
            while (true)
            {
                var page = await store.ReadDueAsync(time.GetUtcNow(), last, PageSize, stopping);
                await Parallel.ForEachAsync(
                    page, new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stopping }, WakeAsync);
                instruments.OnWoken(page.Length);
                if (page.Length < PageSize)
                {
                    return;
                }

                last = page[^1];
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogStoreUnavailable(exception);
        }
    }

    private async ValueTask WakeAsync(DueSession due, CancellationToken stopping)
    {
        try
        {
            await grains.GetGrain<ISessionGrainControl>(due.Id.ToString()).Wake();
        }
#pragma warning disable CA1031 // One session that cannot be woken must not keep the others asleep; the next sweep tries again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotWoken(exception, due.Id);
        }
    }

    [LoggerMessage(161, LogLevel.Warning, "The sweep could not read what is due.")]
    private partial void LogStoreUnavailable(Exception exception);

    [LoggerMessage(162, LogLevel.Warning, "The sweep could not wake session {SessionId}.")]
    private partial void LogNotWoken(Exception exception, SessionId sessionId);
}
