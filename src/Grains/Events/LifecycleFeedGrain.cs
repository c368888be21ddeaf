using System.Collections.Immutable;
using Orleans.Concurrency;
using Orleans.Streams;
using Orleans.Streams.Core;
using Sessions.Core.Events;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Events;

/// <summary>
/// Hands a tenant's events to those who wait for them. What the stream brings only wakes it; everything that it hands out it has read
/// from the log, so that a lost, late or doubled message changes nothing but the time.
/// </summary>
/// <remarks>Reentrant, because messages have to come through while readers wait.</remarks>
[GrainType("session-lifecycle-feed"), Reentrant]
[ImplicitStreamSubscription(SessionsDefaults.LifecycleStreamNamespace, TenantStreamMapper.Name)]
internal sealed class LifecycleFeedGrain(IEventLog log)
    : Grain, ILifecycleFeedGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<SessionEvent>
{
    private const int TailCapacity = 4096;

    private readonly EventTail tail = new(TailCapacity);
    private FeedPump? pump;
    private bool ending;

    private SessionNamespace Tenant => SessionNamespace.Parse(this.GetPrimaryKeyString());

    public async ValueTask<EventPage> Read(EventQuery query, EventCursor after, int limit, TimeSpan patience)
    {
        if (FeedRules.Refuse(this.GetPrimaryKeyString(), query, after, limit) is { } refusal)
        {
            return new EventPage { Refusal = refusal };
        }

        if (after == EventCursor.End)
        {
            // Not behind the newest event: what is in flight now is yet to come for this reader.
            var end = await log.ReadLogAsync(query.Namespace, after, 1, CancellationToken.None);
            return new EventPage { Next = end.Horizon };
        }

        var asked = TimeProvider.System.GetTimestamp();
        for (var isOfThisLog = false; ;)
        {
            if (pump is not { IsRunning: true } || after < tail.Start || (after > tail.End && !isOfThisLog))
            {
                var page = await log.ReadLogAsync(query.Namespace, after, limit, CancellationToken.None);
                if (after > page.Newest)
                {
                    return new EventPage { Refusal = FeedRules.Ahead(after) };
                }

                var read = page.Events.Where(e => query.Includes(e.Event.Namespace)).ToImmutableArray();
                if (!read.IsEmpty || !page.IsAtHorizon)
                {
                    return new EventPage { Events = read, Next = page.Next };
                }

                (after, isOfThisLog) = (page.Next, true);
                Pump(after);
                if (after < tail.Start)
                {
                    continue;
                }
            }

            var found = tail.Read(query, after, limit);
            var left = FeedRules.Patience(patience) - TimeProvider.System.GetElapsedTime(asked);
            if (!found.Events.IsEmpty || left <= TimeSpan.Zero || ending)
            {
                return new EventPage { Events = found.Events, Next = found.Next };
            }

            after = found.Next;
            await pump!.WaitAsync(left);
        }
    }

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<SessionEvent>().ResumeAsync(this);

    public Task OnNextAsync(IList<SequentialItem<SessionEvent>> items)
    {
        pump?.Wake();
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex)
    {
        pump?.Wake();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        ending = true;
        pump?.Stop();
        return Task.CompletedTask;
    }

    /// <summary>Makes sure that the tail is being filled; begins it at <paramref name="end"/> where it is not.</summary>
    private void Pump(EventCursor end)
    {
        if (pump is not { IsRunning: true })
        {
            tail.Begin(end);
            pump = FeedPump.Start(log, Tenant, tail);
        }
    }
}
