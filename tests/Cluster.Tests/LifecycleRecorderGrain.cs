using System.Collections.Concurrent;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Sessions.Cluster.Tests;

/// <summary>An ordinary implicit subscriber of the lifecycle stream, one grain per namespace.</summary>
[ImplicitStreamSubscription(SessionsDefaults.LifecycleStreamNamespace)]
public sealed class LifecycleRecorderGrain : Grain, ILifecycleRecorderGrain, IStreamSubscriptionObserver, IAsyncObserver<SessionEvent>
{
    // Static, because the silos are in this process and the test wants to look without a call that would activate anything.
    private static readonly ConcurrentQueue<SessionEvent> Recorded = new();

    public static IReadOnlyList<SessionEvent> Of(SessionId id) => [.. Recorded.Where(e => e.SessionId == id)];

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<SessionEvent>().ResumeAsync(this);

    public Task OnNextAsync(SessionEvent item, StreamSequenceToken? token = null)
    {
        Recorded.Enqueue(item);
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public Task Ping() => Task.CompletedTask;
}

[Alias("sessions.tests.ILifecycleRecorderGrain")]
public interface ILifecycleRecorderGrain : IGrainWithStringKey
{
    [Alias("Ping")]
    Task Ping();
}
