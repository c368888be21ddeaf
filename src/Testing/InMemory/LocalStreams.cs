using Orleans.Runtime;
using Orleans.Streams;
using Sessions.Grains.Events;
using Sessions.Grains.Isolation;

namespace Sessions.Testing.InMemory;

/// <summary>
/// The lifecycle streams in this process: what is published wakes the feed of the tenant and the policy of the namespace, which are the
/// implicit subscribers in a cluster. There are no others.
/// </summary>
internal sealed class LocalStreams(string name, Func<LocalGrains>? subscribers) : IStreamProvider
{
    public string Name => name;

    public bool IsRewindable => false;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new LocalStream<T>(this, streamId);

    private async Task DeliverAsync(IEnumerable<SessionEvent> events)
    {
        if (subscribers?.Invoke() is not { } grains)
        {
            return;
        }

        foreach (var ofNamespace in events.GroupBy(e => e.Namespace))
        {
            List<SequentialItem<SessionEvent>> items = [.. ofNamespace.Select(e => new SequentialItem<SessionEvent>(e, null!))];

            // A feed without a reader need not be woken.
            if (grains.FindActive(typeof(LifecycleFeedGrain), ofNamespace.Key.Tenant) is { } feed)
            {
                await TellAsync(feed, items);
            }

            await TellAsync(grains.Find(typeof(IsolationPolicyGrain), GrainFactoryExtensions.KeyOf(ofNamespace.Key)), items);
        }
    }

    private static Task<bool> TellAsync(LocalGrain grain, List<SequentialItem<SessionEvent>> items) => grain.RunAsync(interleaves: true, async subscriber =>
    {
        await ((IAsyncBatchObserver<SessionEvent>)subscriber).OnNextAsync(items);
        return true;
    });

    private sealed class LocalStream<T>(LocalStreams provider, StreamId id) : IAsyncStream<T>
    {
        public bool IsRewindable => false;

        public string ProviderName => provider.Name;

        public StreamId StreamId => id;

        public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null) => provider.DeliverAsync(batch.OfType<SessionEvent>());

        public Task OnNextAsync(T item, StreamSequenceToken? token = null) => OnNextBatchAsync([item], token);

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

        public Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles() => Task.FromResult<IList<StreamSubscriptionHandle<T>>>([]);

        public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => throw NotOffered();

        public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null) =>
            throw NotOffered();

        public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => throw NotOffered();

        public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token) => throw NotOffered();

        public int CompareTo(IAsyncStream<T>? other) => other is null ? 1 : id.CompareTo(other.StreamId);

        public bool Equals(IAsyncStream<T>? other) => other is not null && id.Equals(other.StreamId);

        public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);

        public override int GetHashCode() => id.GetHashCode();

        private static NotSupportedException NotOffered() =>
            new("Streams have no subscribers in memory; read events with the client, or test subscribers on a SessionsTestCluster.");
    }
}
