using Sessions.Grains.Hosting;

namespace Sessions.Client.Tests;

public class WatchTests
{
    private static readonly SessionNamespace Namespace = SessionNamespace.Parse("acme/eval");

    [Fact]
    public async Task Pages_of_a_feed_Are_one_sequence_and_each_is_asked_for_after_the_one_before()
    {
        var feed = new ScriptedFeed(Page(5, 1, 2), Page(5), Page(9, 6, 8), Never);
        using var client = new TestClient(new ScriptedGrain()) { FeedGrain = feed };

        var read = await TakeAsync(client.Client.WatchAsync(Namespace, new() { PageSize = 7, After = At(0) }), 4);

        Assert.Equal([1, 2, 6, 8], read);
        Assert.Equal([At(0), At(5), At(5)], feed.Asked);
        Assert.Equal((Namespace, true, 7), (feed.Query!.Namespace, feed.Query.IncludeBelow, feed.Limit));
    }

    [Fact]
    public async Task Slow_reader_Nothing_is_asked_ahead_of_it()
    {
        var feed = new ScriptedFeed(Page(2, 1, 2), Page(4, 3, 4), Never);
        using var client = new TestClient(new ScriptedGrain()) { FeedGrain = feed };
        await using var watch = client.Client.WatchAsync(Namespace).GetAsyncEnumerator();

        await watch.MoveNextAsync();
        await watch.MoveNextAsync();
        Assert.Single(feed.Asked);
        await watch.MoveNextAsync();

        Assert.Equal(2, feed.Asked.Count);
    }

    [Fact]
    public async Task No_answer_for_longer_than_the_retry_budget_The_watch_goes_on_where_it_was()
    {
        var fails = Enumerable.Repeat<Func<ValueTask<EventPage>>>(() => throw new TimeoutException("gone"), 100).ToArray();
        var feed = new ScriptedFeed([Page(2, 1, 2), .. fails, Page(3, 3), Never]);
        using var client = new TestClient(new ScriptedGrain(), options => options.RetryBudget = TimeSpan.FromSeconds(10)) { FeedGrain = feed };

        var read = await client.SucceedsAsync(TakeAsync(client.Client.WatchAsync(Namespace), 3));

        Assert.Equal([1, 2, 3], read);
        Assert.All(feed.Asked.Skip(1), cursor => Assert.Equal(At(2), cursor));
        Assert.True(client.Time.GetUtcNow() > client.Start.AddSeconds(100));
    }

    [Fact]
    public async Task Call_that_hangs_Is_given_up_soon_and_repeated()
    {
        var feed = new ScriptedFeed(Never, Page(1, 1), Never);
        using var client = new TestClient(new ScriptedGrain()) { FeedGrain = feed };

        var read = await client.SucceedsAsync(TakeAsync(client.Client.WatchAsync(Namespace), 1));

        Assert.Equal([1], read);
        Assert.InRange(client.Time.GetUtcNow() - client.Start, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Budget_of_its_own_The_watch_ends_when_it_is_used_up()
    {
        var feed = new ScriptedFeed(() => throw new TimeoutException("gone"));
        using var client = new TestClient(new ScriptedGrain()) { FeedGrain = feed };

        await client.FailsWithAsync<UnavailableException>(
            TakeAsync(client.Client.WatchAsync(Namespace, new() { RetryBudget = TimeSpan.FromSeconds(3) }), 1));

        Assert.InRange(client.Time.GetUtcNow() - client.Start, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Refusal_of_the_feed_Is_thrown_and_not_repeated()
    {
        var error = SessionError.InvalidConfiguration(null, [new("cursor", "lies ahead")]);
        var feed = new ScriptedFeed(() => new(new EventPage { Refusal = error }));
        using var client = new TestClient(new ScriptedGrain()) { FeedGrain = feed };

        var thrown = await Assert.ThrowsAsync<InvalidConfigurationException>(() => TakeAsync(client.Client.WatchAsync(Namespace), 1));

        Assert.Equal(error, thrown.Error);
        Assert.Single(feed.Asked);
    }

    [Fact]
    public async Task Watch_that_is_cancelled_Ends()
    {
        using var client = new TestClient(new ScriptedGrain()) { FeedGrain = new ScriptedFeed(Never) };
        using var stop = new CancellationTokenSource();
        var reading = TakeAsync(client.Client.WatchAsync(Namespace, cancellationToken: stop.Token), 1);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public void Options_out_of_range_Are_refused_before_anything_is_asked()
    {
        using var client = new TestClient(new ScriptedGrain());

        Assert.Throws<InvalidConfigurationException>(() => client.Client.WatchAsync(default));
        Assert.Throws<InvalidConfigurationException>(() => client.Client.WatchAsync(Namespace, new() { PageSize = 1001 }));
        Assert.Throws<InvalidConfigurationException>(() => client.Client.WatchAsync(Namespace, new() { RetryBudget = TimeSpan.FromSeconds(-1) }));
        Assert.Throws<InvalidConfigurationException>(() => client.Handle.WatchAsync(-1));
        Assert.Throws<InvalidConfigurationException>(() => client.Handle.WatchAsync(0, new() { PageSize = 0 }));
    }

    [Fact]
    public async Task Session_that_ends_The_watch_of_it_ends_too()
    {
        var log = new ScriptedLog(
            new() { Events = [Event(3)] },
            new(),
            new() { Events = [Event(4), Event(5)], Ended = true });
        using var client = new TestClient(new ScriptedGrain()) { Log = log };

        var read = new List<long>();
        await foreach (var e in client.Handle.WatchAsync(2))
        {
            read.Add(e.Sequence);
        }

        Assert.Equal([3, 4, 5], read);
        Assert.Equal([2, 3, 3], log.Asked);
    }

    private static EventCursor At(int n) => new(1, n);

    private static SessionEvent Event(int sequence) => new() { SessionId = TestClient.Id, Sequence = sequence, Namespace = Namespace };

    private static Func<ValueTask<EventPage>> Page(int next, params int[] events) => () => new(new EventPage
    {
        Events = [.. events.Select(n => new LoggedEvent(At(n), Event(n)))],
        Next = At(next),
    });

    private static ValueTask<EventPage> Never() => new(new TaskCompletionSource<EventPage>().Task);

    private static async Task<List<long>> TakeAsync(IAsyncEnumerable<LoggedEvent> events, int count)
    {
        var taken = new List<long>();
        await foreach (var e in events)
        {
            taken.Add(e.Event.Sequence);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }

    private sealed class ScriptedFeed(params Func<ValueTask<EventPage>>[] script) : ILifecycleFeedGrain
    {
        private readonly Queue<Func<ValueTask<EventPage>>> steps = new(script);

        public List<EventCursor> Asked { get; } = [];

        public EventQuery? Query { get; private set; }

        public int Limit { get; private set; }

        public ValueTask<EventPage> Read(EventQuery query, EventCursor after, int limit, TimeSpan patience)
        {
            Asked.Add(after);
            (Query, Limit) = (query, limit);
            return (steps.Count > 1 ? steps.Dequeue() : steps.Peek())();
        }
    }

    private sealed class ScriptedLog(params SessionLogPage[] pages) : ISessionLogGrain
    {
        public List<long> Asked { get; } = [];

        public ValueTask<SessionLogPage> ReadLog(long afterSequence, int limit, TimeSpan patience)
        {
            Asked.Add(afterSequence);
            return new(pages[Asked.Count - 1]);
        }
    }
}
