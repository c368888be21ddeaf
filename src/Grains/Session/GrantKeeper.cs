using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Session;

/// <summary>
/// Keeps the rights of all activations of this silo alive: looks at their rows, many in one question, several times within the
/// age that a look may have. While the store does not answer, rights run out and nothing is granted. When the silo stops, all are handed
/// over first, while the holders of leases can still be reached.
/// </summary>
internal sealed partial class GrantKeeper(
    ISessionStore store,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    IGrainFactory grains,
    ILogger<GrantKeeper> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private const int LooksPerAge = 4;
    private const int MostInOneQuestion = 5_000;
    private static readonly TimeSpan HandOverPatience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<SessionId, GrantRight> rights = new();
    private volatile bool isStopping;

    /// <summary>Whether the silo stops, so that nothing is granted here any more and no right is taken.</summary>
    public bool IsStopping => isStopping;

    /// <summary>Keeps a right alive from now on, in the place of an earlier one of the same session.</summary>
    public void Keep(GrantRight right) => rights[right.Id] = right;

    /// <summary>Lets it run out.</summary>
    public void LetGo(GrantRight right) => rights.TryRemove(KeyValuePair.Create(right.Id, right));

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Repeat(
            nameof(GrantKeeper), ServiceLifecycleStage.RuntimeGrainServices, options.Value.GrantRight / LooksPerAge, logger, LookAsync);

        // The last stage is the first to stop: later the silo neither calls clients nor takes their answers.
        lifecycle.Subscribe(nameof(GrantKeeper), ServiceLifecycleStage.Last, static _ => Task.CompletedTask, HandOverAsync);
    }

    private async Task HandOverAsync(CancellationToken cancellationToken)
    {
        isStopping = true;
        var kept = rights.Keys.ToArray();
        var handing = Task.WhenAll(kept.Select(id => HandOverAsync(id)));
        try
        {
            // A holder that does not answer is waited for no longer than its lease.
            await handing.WaitAsync(options.Value.LeaseDuration + options.Value.LeaseMargin + HandOverPatience, TimeProvider.System, cancellationToken);
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException)
        {
            LogNotAllHandedOver(kept.Length);
        }
    }

    private async Task HandOverAsync(SessionId id)
    {
        try
        {
            await grains.GetGrain<ISessionGrainControl>(id.ToString()).HandOver();
        }
#pragma warning disable CA1031 // The others are to be handed over all the same; the next activation takes this one over as after a crash.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LogNotHandedOver(fault, id);
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        foreach (var some in rights.Values.Chunk(MostInOneQuestion))
        {
            await LookAsync(some, stopping);
        }
    }

    private async Task LookAsync(GrantRight[] some, CancellationToken stopping)
    {
        var sentAt = time.GetTimestamp();
        try
        {
            var epochs = await store.ReadEpochsAsync([.. some.Select(right => right.Id)], stopping);
            foreach (var right in some)
            {
                right.Note(epochs.TryGetValue(right.Id, out var epoch) ? epoch : null, sentAt);
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogNotLooked(exception, some.Length);
        }
    }

    [LoggerMessage(171, LogLevel.Warning, "The rights to grant of {Count} sessions could not be confirmed; they run out unless the store answers soon.")]
    private partial void LogNotLooked(Exception exception, int count);

    [LoggerMessage(176, LogLevel.Warning, "Session {SessionId} could not be handed over before the node stopped; another node takes it over as after a crash.")]
    private partial void LogNotHandedOver(Exception exception, SessionId sessionId);

    [LoggerMessage(177, LogLevel.Warning, "Not all of {Count} sessions were handed over before the node stopped; other nodes take the rest over as after a crash.")]
    private partial void LogNotAllHandedOver(int count);
}
