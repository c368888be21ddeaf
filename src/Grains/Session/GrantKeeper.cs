using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Session;

/// <summary>
/// Keeps the rights of all activations of this silo alive: looks at their rows, many in one question, several times within the
/// age that a look may have. While the store does not answer, rights run out and nothing is granted.
/// </summary>
internal sealed partial class GrantKeeper(
    ISessionStore store,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    ILogger<GrantKeeper> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private const int LooksPerAge = 4;
    private const int MostInOneQuestion = 5_000;

    private readonly ConcurrentDictionary<SessionId, GrantRight> rights = new();

    /// <summary>Keeps a right alive from now on, in the place of an earlier one of the same session.</summary>
    public void Keep(GrantRight right) => rights[right.Id] = right;

    /// <summary>Lets it run out.</summary>
    public void LetGo(GrantRight right) => rights.TryRemove(KeyValuePair.Create(right.Id, right));

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Repeat(
        nameof(GrantKeeper), ServiceLifecycleStage.RuntimeGrainServices, options.Value.GrantRight / LooksPerAge, logger, LookAsync);

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
}
