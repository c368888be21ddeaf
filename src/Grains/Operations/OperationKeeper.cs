using Microsoft.Extensions.Logging;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Operations;

/// <summary>
/// Sees to it that operations go on whose silo is gone, and that those of long ago are forgotten. One per silo; several may wake the same
/// operation, and all but the first find it going on.
/// </summary>
internal sealed partial class OperationKeeper(
    IOperationStore store, IGrainFactory grains, OperationsState state, SessionsInstruments instruments, ILogger<OperationKeeper> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Operations that have stalled for so long are not woken by being told to go on.</summary>
    public static readonly TimeSpan Tolerated = TimeSpan.FromMinutes(1);

    private const int PageSize = 100;
    private const int LooksPerCleaning = 20;
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan StallAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    private int looks;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Repeat(nameof(OperationKeeper), ServiceLifecycleStage.Active, LookInterval, logger, LookAsync);

    private async Task LookAsync(CancellationToken stopping)
    {
        var isCleaning = looks++ % LooksPerCleaning == 0;
        try
        {
            var stalled = await store.FindStalledOperationsAsync(StallAfter, PageSize, stopping);
            state.OnLooked(stalled.Length);
            instruments.OnOperationsLooked(stalled.Length);
            if (state.StalledFor > Tolerated)
            {
                LogStalled(stalled.Length, state.StalledFor);
            }

            await Task.WhenAll(stalled.Select(WakeAsync));
            while (isCleaning && await store.ForgetOperationsAsync(Retention, PageSize, stopping) == PageSize)
            {
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogStoreUnavailable(exception);
        }
    }

    private async Task WakeAsync(OperationId operation)
    {
        try
        {
            await grains.GetGrain<ISessionOperationControl>(operation.ToString()).Wake();
        }
#pragma warning disable CA1031 // One operation that cannot be woken must not keep the others asleep; the next look tries again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotWoken(exception, operation);
        }
    }

    [LoggerMessage(236, LogLevel.Warning, "{Operations} operations over many sessions do not go on; some have stalled for {Time}.")]
    private partial void LogStalled(int operations, TimeSpan time);

    [LoggerMessage(234, LogLevel.Warning, "The keeper could not read which operations have stalled.")]
    private partial void LogStoreUnavailable(Exception exception);

    [LoggerMessage(235, LogLevel.Warning, "The keeper could not wake operation {Operation}.")]
    private partial void LogNotWoken(Exception exception, OperationId operation);
}
