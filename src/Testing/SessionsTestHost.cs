using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sessions.Client;
using Sessions.Grains.Storage;

namespace Sessions.Testing;

/// <summary>
/// Sessions for a test, with time that the test moves: in memory (<see cref="InMemorySessions"/>) or on a cluster in this process
/// (<see cref="SessionsTestCluster"/>). A test that takes this type runs on both.
/// </summary>
public abstract class SessionsTestHost : IAsyncDisposable
{
    /// <summary>How long waits go on that state no timeout: 30 s, by the machine's clock.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private protected SessionsTestHost(FakeTimeProvider time) => Time = time;

    /// <summary>The client to give to the service under test.</summary>
    public abstract ISessionsClient Client { get; }

    /// <summary>
    /// The clock that sessions live by, and leases with them. It stands still until it is moved; <see cref="AdvanceAsync"/> also waits for
    /// what becomes due. The machine's own clock decides how long callers wait for answers and events.
    /// </summary>
    public FakeTimeProvider Time { get; }

    /// <summary>Whether sessions live by <see cref="Time"/>.</summary>
    private protected virtual bool IsTimeMoved => true;

    /// <summary>What the sessions are kept in.</summary>
    private protected abstract IServiceProvider StoreServices { get; }

    /// <summary>How long a lease lasts.</summary>
    private protected abstract TimeSpan LeaseDuration { get; }

    /// <summary>The clients that may hold leases.</summary>
    private protected abstract IEnumerable<SessionsClient> Clients { get; }

    /// <summary>
    /// Moves the clock, and waits until what became due by that has happened: sessions that expired have ended, and their executions are
    /// cancelled. While a client holds leases the clock moves in steps of a quarter of a lease, so that what runs keeps its lease; without
    /// leases it moves at once.
    /// </summary>
    /// <param name="by">How far; not negative.</param>
    /// <exception cref="InvalidOperationException">The sessions live by the machine's clock.</exception>
    /// <exception cref="TimeoutException">After 30 s there is still something that is due and has not happened.</exception>
    public async Task AdvanceAsync(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        if (!IsTimeMoved)
        {
            throw new InvalidOperationException("The sessions live by the machine's clock; start without UseSystemTime to move time.");
        }

        for (var left = by; left > TimeSpan.Zero;)
        {
            var step = Clients.Any(client => client.Keeper.HoldsLeases) && LeaseDuration / 4 is var quarter && quarter < left ? quarter : left;
            Time.Advance(step);
            left -= step;
            await UntilAsync(() => Task.FromResult(!Clients.Any(client => client.Keeper.IsAsking)), "a message about a lease has no answer");
        }

        await UntilAsync(HasSettledAsync, "a session that is due has not ended");
    }

    /// <summary>Waits for an event of a session, and gives the first of its type after a sequence.</summary>
    /// <param name="session">Which session.</param>
    /// <param name="type">What is to happen, or to have happened.</param>
    /// <param name="timeout">How long to wait at most, by the machine's clock. Default <see cref="DefaultTimeout"/>.</param>
    /// <param name="afterSequence">The last event that does not count; 0, the default, for none.</param>
    /// <exception cref="TimeoutException">It has not happened; the message names what has.</exception>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    public async Task<SessionEvent> WaitForEventAsync(
        SessionId session, SessionEventType type, TimeSpan? timeout = null, long afterSequence = 0)
    {
        using var patience = new CancellationTokenSource(timeout ?? DefaultTimeout, TimeProvider.System);
        var seen = new List<SessionEventType>();
        try
        {
            await foreach (var e in Client.Get(session).WatchAsync(afterSequence, null, patience.Token))
            {
                if (e.Type == type)
                {
                    return e;
                }

                seen.Add(e.Type);
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // Reported below, like a session that has ended without the event.
        }

        throw new TimeoutException(
            $"Session {session} has had no event {type} after sequence {afterSequence}; it has had: {string.Join(", ", seen)}.");
    }

    /// <summary>Waits until a session is in a state, and gives it as it is then.</summary>
    /// <param name="session">Which session.</param>
    /// <param name="status">The state.</param>
    /// <param name="timeout">How long to wait at most, by the machine's clock. Default <see cref="DefaultTimeout"/>.</param>
    /// <exception cref="TimeoutException">It has not come into that state, or has ended in another; the message names its state.</exception>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    public async Task<SessionSnapshot> WaitForStatusAsync(SessionId session, SessionStatus status, TimeSpan? timeout = null)
    {
        using var patience = new CancellationTokenSource(timeout ?? DefaultTimeout, TimeProvider.System);
        var handle = Client.Get(session);
        var now = await handle.GetAsync(patience.Token);
        try
        {
            await using var events = handle.WatchAsync(0, null, patience.Token).GetAsyncEnumerator(patience.Token);
            while (now.Status != status && await events.MoveNextAsync())
            {
                now = await handle.GetAsync(patience.Token);
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // Reported below, like a session that has ended in another state.
        }

        return now.Status == status ? now : throw new TimeoutException($"Session {session} is {now.Status}, and has not become {status}.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends everything that was started.</summary>
    private protected abstract Task StopAsync();

    private static async Task UntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > DefaultTimeout)
            {
                throw new TimeoutException($"After {DefaultTimeout.TotalSeconds} s {otherwise}.");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    /// <summary>Whether nothing is due any more, and nothing that the sweep has taken up is unfinished.</summary>
    private async Task<bool> HasSettledAsync()
    {
        var now = Time.GetUtcNow();
        SessionNamespace? after = null;
        while (true)
        {
            var page = await StoreServices.GetRequiredService<IDueSessions>().ReadDueNamespacesAsync(after, 1000, CancellationToken.None);
            if (page.Any(found => found.DueAt <= now))
            {
                return false;
            }

            if (page.Length < 1000)
            {
                break;
            }

            after = page[^1].Namespace;
        }

        var query = new SessionQuery { EndsBefore = now, Statuses = [SessionStatus.Created, SessionStatus.Active, SessionStatus.Paused] };
        var overdue = await StoreServices.GetRequiredService<ISessionSearch>().SearchAsync(
            query, SessionOrder.EndsFirst, null, 1000, CancellationToken.None);
        return !overdue.Sessions.Any(record => record.Configuration.Settings.AutoExpire);
    }
}
