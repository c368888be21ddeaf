using Microsoft.Extensions.Logging;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Isolation;

/// <summary>
/// Learns of changes of policies by one small question several times per lease, and knows what holds for as long as a lease after it last
/// asked: a silo that cannot reach the store goes by no policy that others may have changed. Who reads is never in the way of who learns.
/// </summary>
/// <param name="store">Where policies are.</param>
/// <param name="patience">For how long what was learnt holds.</param>
/// <param name="milliseconds">A monotonic clock; the machine's, because a test that moves the sessions' clock makes no policy older.</param>
/// <param name="logger">Told of looks that failed.</param>
#pragma warning disable CA1001 // Nobody asks the semaphore for its wait handle, and so there is nothing to dispose of.
internal sealed partial class PolicyBook(IPolicyStore store, TimeSpan patience, Func<long> milliseconds, ILogger<PolicyBook> logger)
    : IPolicyBook, ILifecycleParticipant<ISiloLifecycle>
#pragma warning restore CA1001
{
    private const int LooksPerPatience = 6;
    private const int PageSize = 1000;

    // How far the machine's clock, which moves in steps, may lag behind.
    private const long Granularity = 16;

    private readonly SemaphoreSlim looking = new(1);
    private volatile PolicySnapshot snapshot = PolicySnapshot.Empty;
    private long freshUntil = long.MinValue;
    private Task refreshing = Task.CompletedTask;

    public PolicyBook(IPolicyStore store, TimeSpan patience, ILogger<PolicyBook> logger)
        : this(store, patience, static () => Environment.TickCount64, logger)
    {
    }

    public long Revision => snapshot.Revision;

    public bool IsFresh => milliseconds() < Volatile.Read(ref freshUntil);

    /// <summary>All that is known; null while nothing may be relied upon.</summary>
    public PolicySnapshot? Known => IsFresh ? snapshot : null;

    public EffectivePolicy? Of(SessionNamespace @namespace) => IsFresh ? snapshot.Of(@namespace) : null;

    public Task RefreshAsync()
    {
        if (IsFresh)
        {
            return Task.CompletedTask;
        }

        lock (looking)
        {
            return refreshing.IsCompleted ? refreshing = LookAsync() : refreshing;
        }
    }

    public async Task LookAsync()
    {
        await looking.WaitAsync();
        try
        {
            var sentAt = milliseconds();
            var (revision, newest, page) = (snapshot.Revision, snapshot.Newest, PageSize);
            while (page == PageSize)
            {
                var changes = await store.ReadPoliciesAsync(revision, PageSize, CancellationToken.None);
                newest = newest.SetItems(changes.Select(change => KeyValuePair.Create(change.Namespace, change.Policy)));
                foreach (var unreadable in changes.Where(change => change.Policy is null))
                {
                    LogUnreadable(unreadable.Namespace, unreadable.Version);
                }

                (revision, page) = (changes.IsEmpty ? revision : changes[^1].Revision, changes.Length);
            }

            // Only when all of it is read: a policy on the last page may narrow what one on the first permits.
            if (revision != snapshot.Revision)
            {
                snapshot = new PolicySnapshot(revision, newest);
            }

            Volatile.Write(ref freshUntil, sentAt + (long)patience.TotalMilliseconds - Granularity);
        }
#pragma warning disable CA1031 // Whatever it is, it leaves the policies unknown, and everybody who asks hears that; the next look may do better.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotLooked(exception);
        }
        finally
        {
            looking.Release();
        }
    }

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(PolicyBook), ServiceLifecycleStage.RuntimeGrainServices, _ => LookAsync());
        lifecycle.Repeat(
            nameof(PolicyBook), ServiceLifecycleStage.RuntimeGrainServices, patience / LooksPerPatience, logger, _ => LookAsync());
    }

    [LoggerMessage(201, LogLevel.Warning, "The policies could not be read; unless they can be soon, nothing is admitted or created.")]
    private partial void LogNotLooked(Exception exception);

    [LoggerMessage(202, LogLevel.Error, "Version {Version} of the policy of {Namespace} cannot be read; nothing is admitted or created there and below.")]
    private partial void LogUnreadable(SessionNamespace @namespace, long version);
}
