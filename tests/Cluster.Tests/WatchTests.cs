using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

[Collection(ClusterGroup.Name)]
public sealed class WatchTests(ClusterFixture cluster) : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly SessionNamespace tenant = SessionNamespace.Parse($"watch-{Guid.NewGuid():n}");
    private readonly ServiceProvider outside = Clients.Over(cluster.Cluster.Client);

    public static TheoryData<bool> Sides => [true, false];

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task NamespaceWatchedFromTheStart_BeforeAndAfterTheWatchBegan_IsOneSequence(bool coHosted)
    {
        var early = await LiveAsync($"{tenant}/a");
        using var watch = Watching.Begin(Client(coHosted), tenant);
        await watch.HasAsync(3);
        var late = await LiveAsync($"{tenant}/a/b");
        await LiveAsync($"{tenant}-other");
        var last = await LiveAsync($"{tenant}");

        await watch.HasAsync(9);

        Assert.Equal(
            new[] { early, late, last }.SelectMany(id => Enumerable.Range(1, 3).Select(n => (id, (long)n))),
            watch.Seen.Select(e => (e.Event.SessionId, e.Event.Sequence)));
        Assert.Equal(watch.Seen.Select(e => e.Cursor).Order().Distinct(), watch.Seen.Select(e => e.Cursor));
    }

    [Fact]
    public async Task WatchResumed_FromTheCursorOfAnyEvent_HasExactlyWhatFollows()
    {
        await LiveAsync($"{tenant}/a");
        await LiveAsync($"{tenant}/b");
        using var whole = Watching.Begin(Client(true), tenant);
        await whole.HasAsync(6);

        foreach (var (e, n) in whole.Seen.Select((e, n) => (e, n)))
        {
            using var rest = Watching.Begin(Client(n % 2 == 0), tenant, new() { After = e.Cursor, PageSize = 2 });
            await rest.HasAsync(5 - n);
            Assert.Equal(whole.Seen.Skip(n + 1), rest.Seen);
        }
    }

    [Fact]
    public async Task WatchFromTheEnd_SessionsOfBefore_AreNotShown()
    {
        await LiveAsync($"{tenant}/a");
        var page = await Feed.Read(new EventQuery(tenant, true), EventCursor.End, 10, Soon);
        using var watch = Watching.Begin(Client(false), tenant, new() { After = page.Next });

        var id = await LiveAsync($"{tenant}/a");

        await watch.HasAsync(3);
        Assert.Empty(page.Events);
        Assert.All(watch.Seen, e => Assert.Equal(id, e.Event.SessionId));
    }

    [Fact]
    public async Task NamespaceWatchedAlone_NamespacesBelow_AreLeftOut()
    {
        await LiveAsync($"{tenant}/a/b");
        var id = await LiveAsync($"{tenant}/a");
        using var watch = Watching.Begin(Client(true), SessionNamespace.Parse($"{tenant}/a"), new() { IncludeBelow = false });

        await watch.HasAsync(3);
        await LiveAsync($"{tenant}/a/b");
        var next = await LiveAsync($"{tenant}/a");
        await watch.HasAsync(6);

        Assert.Equal([id, id, id, next, next, next], watch.Seen.Select(e => e.Event.SessionId));
    }

    // What the stream brings only wakes the feed: a commit of which it brings nothing is found all the same.
    [Fact]
    public async Task CommitOfWhichNoStreamTells_Watched_IsSeen()
    {
        using var watch = Watching.Begin(Client(true), tenant);
        await LiveAsync(tenant.ToString());
        await watch.HasAsync(3);
        var save = SessionRecords.Create(@namespace: tenant.ToString(), at: cluster.Clock.GetUtcNow());

        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Sessions.SaveAsync(save, default));

        await watch.HasAsync(4);
        Assert.Equal(save.Events[0], watch.Seen[^1].Event);
    }

    [Fact]
    public async Task CommitBelowATenant_NobodyWatches_ItsStreamLeadsToTheTenantsFeed()
    {
        await LiveAsync($"{tenant}/a/b");

        await Eventually.TrueAsync(
            async () => await cluster.Cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(Feed) is not null, "the feed is active");
    }

    [Fact]
    public async Task CommitsUnderManyWatches_EveryOne_SeesAllOfThemOnceAndInOrder()
    {
        var watches = Enumerable.Range(0, 6).Select(n => Watching.Begin(Client(n % 2 == 0), tenant, new() { PageSize = n + 1 })).ToList();

        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => LiveAsync($"{tenant}/{n % 5}")));

        foreach (var watch in watches)
        {
            await watch.HasAsync(120);
            Assert.All(watch.Seen.GroupBy(e => e.Event.SessionId), session => Assert.Equal([1, 2, 3], session.Select(e => e.Event.Sequence)));
            Assert.Equal(watches[0].Seen, watch.Seen);
            watch.Dispose();
        }
    }

    [Fact]
    public async Task LogThatCannotBeRead_Watched_GoesOnWhenItCan()
    {
        using var watch = Watching.Begin(Client(false), tenant);
        await LiveAsync(tenant.ToString());
        await watch.HasAsync(3);
        cluster.Store.Log.FailLog(tenant);
        await LiveAsync(tenant.ToString());
        var refused = await Assert.ThrowsAsync<SessionException>(
            () => Feed.Read(new EventQuery(tenant, true), EventCursor.Start, 10, TimeSpan.Zero).AsTask());

        cluster.Store.Log.FailLog(tenant, false);

        await watch.HasAsync(6);
        Assert.Equal(SessionErrorCode.Unavailable, refused.Code);
    }

    [Fact]
    public async Task FeedOfATenant_AskedForAnother_Denies()
    {
        var foreign = await Feed.Read(new EventQuery(SessionNamespace.Parse($"{tenant}-other"), true), EventCursor.Start, 10, TimeSpan.Zero);

        Assert.Equal(SessionErrorCode.PermissionDenied, foreign.Refusal?.Code);
        Assert.Empty(foreign.Events);
    }

    [Fact]
    public async Task CursorFromTheFuture_Watched_IsRefused()
    {
        await LiveAsync(tenant.ToString());
        var ahead = new WatchOptions { After = EventCursor.Parse("c-3zzzzzzzzzzzz0000000000000") };

        var cold = await Assert.ThrowsAsync<InvalidConfigurationException>(() => FirstAsync(Client(true).WatchAsync(tenant, ahead)));
        using var watch = Watching.Begin(Client(true), tenant);
        await watch.HasAsync(3);
        var warm = await Assert.ThrowsAsync<InvalidConfigurationException>(() => FirstAsync(Client(false).WatchAsync(tenant, ahead)));

        Assert.Equal("cursor", Assert.Single(cold.Error.Faults).Field);
        Assert.Equal("cursor", Assert.Single(warm.Error.Faults).Field);
    }

    [Fact]
    public async Task QuietNamespace_AskedWithPatience_AnswersEmptyWhenItIsOver()
    {
        var asked = TimeProvider.System.GetTimestamp();

        var page = await Feed.Read(new EventQuery(tenant, true), EventCursor.Start, 10, TimeSpan.FromMilliseconds(300));
        var again = await Feed.Read(new EventQuery(tenant, true), page.Next, 10, TimeSpan.FromMilliseconds(300));

        Assert.Empty(page.Events);
        Assert.True(again.Events.IsEmpty && again.Next >= page.Next);
        Assert.True(TimeProvider.System.GetElapsedTime(asked) >= TimeSpan.FromMilliseconds(590));
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task SessionWatched_ThroughItsLife_EndsWithIt(bool coHosted)
    {
        var client = Client(coHosted);
        var session = await client.CreateAsync(new() { Namespace = tenant, Creator = Alice });
        var seen = new ConcurrentQueue<SessionEvent>();
        var watching = Task.Run(async () =>
        {
            await foreach (var e in session.WatchAsync())
            {
                seen.Enqueue(e);
            }
        });
        await Eventually.Holds(() => seen.Count == 1, "the creation is seen");
        await session.ActivateAsync();
        await Eventually.Holds(() => seen.Count == 2, "the activation is seen");
        await session.CloseAsync();

        await watching.WaitAsync(Soon);

        Assert.Equal(
            [SessionEventType.SessionCreated, SessionEventType.SessionActivated, SessionEventType.SessionClosing, SessionEventType.SessionClosed],
            seen.Select(e => e.Type));
        Assert.Equal([3, 4], await SequencesAsync(session.WatchAsync(2)));
        Assert.Empty(await SequencesAsync(session.WatchAsync(4)));
    }

    [Fact]
    public async Task SessionWatched_ByAnActivationThatWasOvertaken_IsSeenAllTheSame()
    {
        var session = await Client(true).CreateAsync(new() { Namespace = tenant, Creator = Alice });
        var seen = new ConcurrentQueue<SessionEvent>();
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            await foreach (var e in session.WatchAsync(cancellationToken: stop.Token))
            {
                seen.Enqueue(e);
            }
        });
        await Eventually.Holds(() => seen.Count == 1, "the creation is seen");
        var record = await cluster.Store.Sessions.ReadAsync(session.Id, default);

        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Sessions.SaveAsync(SessionRecords.Next(record!, new ActivateSession { Actor = Alice }), default));

        await Eventually.Holds(() => seen.Count == 2, "the activation by another is seen");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public async Task SessionsLog_AskedAheadOrForNoSession_IsRefused()
    {
        var session = await Client(true).CreateAsync(new() { Namespace = tenant, Creator = Alice });

        var ahead = await Assert.ThrowsAsync<InvalidConfigurationException>(() => FirstAsync(session.WatchAsync(2)));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => FirstAsync(Client(false).Get(SessionId.New()).WatchAsync()));

        Assert.Equal("afterSequence", Assert.Single(ahead.Error.Faults).Field);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await outside.DisposeAsync();

    private ILifecycleFeedGrain Feed => cluster.Grains.GetLifecycleFeed(tenant);

    private SessionsClient Client(bool coHosted) =>
        (coHosted ? cluster.Cluster.GetSiloServiceProvider() : outside).GetRequiredService<SessionsClient>();

    /// <summary>A session that was created and closed: three events.</summary>
    private async Task<SessionId> LiveAsync(string @namespace)
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        (await grain.Create(Create(Specification(@namespace)))).Done();
        (await grain.Close(Close())).Done();
        return id;
    }

    private static async Task<T> FirstAsync<T>(IAsyncEnumerable<T> events)
    {
        await foreach (var e in events)
        {
            return e;
        }

        throw new InvalidOperationException("There was none.");
    }

    private static async Task<List<long>> SequencesAsync(IAsyncEnumerable<SessionEvent> events)
    {
        var sequences = new List<long>();
        await foreach (var e in events)
        {
            sequences.Add(e.Sequence);
        }

        return sequences;
    }

    /// <summary>A watch and what it has brought.</summary>
    private sealed class Watching : IDisposable
    {
        private readonly ConcurrentQueue<LoggedEvent> seen = new();
        private readonly CancellationTokenSource stop = new();
        private Task reading = Task.CompletedTask;

        public IReadOnlyList<LoggedEvent> Seen => [.. seen];

        public static Watching Begin(SessionsClient client, SessionNamespace @namespace, WatchOptions? options = null)
        {
            var watching = new Watching();
            watching.reading = Task.Run(async () =>
            {
                await foreach (var e in client.WatchAsync(@namespace, options, watching.stop.Token))
                {
                    watching.seen.Enqueue(e);
                }
            });
            return watching;
        }

        public Task HasAsync(int count) => Eventually.Holds(
            () => reading.IsFaulted ? throw reading.Exception!.InnerException! : seen.Count >= count, $"{count} events are seen; there are {seen.Count}");

        public void Dispose() => stop.Cancel();
    }
}
