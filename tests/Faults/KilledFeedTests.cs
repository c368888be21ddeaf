using Npgsql;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.TestKit;

namespace Sessions.Faults;

public sealed class KilledFeedTests
{
    private const int Sessions = 600;
    private const int ChangesEach = 5;
    private const int EventsEach = 6;
    private const int Callers = 16;

    private static readonly SessionNamespace Tenant = SessionNamespace.Parse("acme");

    // Queues of the stream are spread over the nodes, so that the two kills together hit every one of them.
    [PostgresFact]
    public async Task NodesOfTheFeedAndOfTheQueuesKilled_DuringFiveThousandChanges_EverySubscriberEndsWithTheLog()
    {
        await using var nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.ConnectAsync();
        using var stop = new CancellationTokenSource();
        Subscriber[] subscribers =
        [
            Subscriber.Quick(client.Sessions), Subscriber.Slow(client.Sessions), Subscriber.Restarted(client.Sessions),
        ];
        var reading = subscribers.Select(subscriber => Task.Run(() => subscriber.RunAsync(stop.Token))).ToArray();
        var changes = 0;
        var changing = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var n = caller; n < Sessions; n += Callers)
            {
                await ChangeAsync(client.Sessions, n, () => Interlocked.Increment(ref changes));
            }
        })).ToArray();

        await Eventually.Passes(() => Volatile.Read(ref changes), Sessions * ChangesEach / 4, "a quarter of the changes is done");
        var feed = await client.FindSiloAsync(grains => grains.GetLifecycleFeed(Tenant));
        var first = nodes.IndexOf(feed);
        await nodes.KillAndReviveAsync(first);
        await Eventually.Passes(() => Volatile.Read(ref changes), Sessions * ChangesEach / 2, "half of the changes is done");
        await nodes.KillAndReviveAsync(1 - first);
        await Task.WhenAll(changing);

        var log = await ReadLogAsync(nodes.Source);
        await Eventually.Passes(
            () => reading.Any(task => task.IsFaulted) ? long.MaxValue : subscribers.Sum(subscriber => Math.Min(subscriber.Read.Count, log.Count)),
            (subscribers.Length * log.Count) - 1,
            $"every subscriber has read {log.Count} events");
        await stop.CancelAsync();
        await Task.WhenAll(reading);

        Assert.Equal(Sessions * EventsEach, log.Count);
        Assert.All(
            log.GroupBy(e => e.Event.SessionId),
            session => Assert.Equal([1, 2, 3, 4, 5, 6], session.Select(e => e.Event.Sequence)));
        Assert.All(subscribers, subscriber => Assert.Equal(log, subscriber.Read));
        Assert.True(subscribers[2].Restarts > 10);
    }

    private static async Task ChangeAsync(SessionsClient client, int n, Action changed)
    {
        var session = await client.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse($"{Tenant}/{n % 7}"),
            Creator = Principal.Parse("alice"),
        });
        changed();
        foreach (var change in (Func<Task>[])
            [() => session.ActivateAsync(), () => session.PauseAsync(), () => session.ResumeAsync(), () => session.CloseAsync()])
        {
            await change();
            changed();
        }
    }

    private static async Task<List<LoggedEvent>> ReadLogAsync(NpgsqlDataSource source)
    {
        await using var store = source.OpenStore();
        var (log, cursor) = (new List<LoggedEvent>(), EventCursor.Start);
        await Eventually.PassesAsync(
            async () =>
            {
                var page = await store.Log.ReadLogAsync(null, cursor, 1000, default);
                log.AddRange(page.Events);
                cursor = page.Next;
                return page.IsAtHorizon ? log.Count : log.Count - 1;
            },
            (Sessions * EventsEach) - 1,
            "the log can be read to its end");
        return log;
    }

    /// <summary>A service that subscribes, and keeps what it has dealt with.</summary>
    private sealed class Subscriber
    {
        private readonly SessionsClient client;
        private readonly SubscriptionName name;
        private readonly int pageSize;
        private readonly TimeSpan pause;
        private readonly int? restartAfter;

        private Subscriber(SessionsClient client, string name, int pageSize = 500, TimeSpan pause = default, int? restartAfter = null) =>
            (this.client, this.name, this.pageSize, this.pause, this.restartAfter) =
            (client, SubscriptionName.Parse(name), pageSize, pause, restartAfter);

        public List<LoggedEvent> Read { get; } = [];

        public int Restarts { get; private set; }

        public static Subscriber Quick(SessionsClient client) => new(client, "quick");

        /// <summary>Takes its time for every event.</summary>
        public static Subscriber Slow(SessionsClient client) => new(client, "slow", pageSize: 20, pause: TimeSpan.FromMilliseconds(1));

        /// <summary>Dies again and again, some events after its last checkpoint.</summary>
        public static Subscriber Restarted(SessionsClient client) => new(client, "restarted", restartAfter: 250);

        public async Task RunAsync(CancellationToken stopping)
        {
            while (!stopping.IsCancellationRequested)
            {
                try
                {
                    await LiveAsync(stopping);
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    return;
                }
            }
        }

        private async Task LiveAsync(CancellationToken stopping)
        {
            var subscription = await client.SubscribeAsync(name, Tenant, new() { PageSize = pageSize }, stopping);

            // What a service that died had dealt with after its checkpoint died with it, as a transaction does.
            Read.RemoveAll(e => e.Cursor > subscription.Cursor);
            var lived = 0;
            await foreach (var e in subscription.ReadAsync(stopping))
            {
                Read.Add(e);
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, TimeProvider.System, stopping);
                }

                if (++lived % 100 == 0)
                {
                    await subscription.CheckpointAsync(e.Cursor, stopping);
                }

                if (lived >= restartAfter)
                {
                    Restarts++;
                    return;
                }
            }
        }
    }
}
