using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core.Events;

namespace Sessions.Cli.Tests;

/// <summary>What happened in a <see cref="RulesCluster"/>, for those who watch it.</summary>
internal sealed class RulesEvents : ILifecycleFeedGrain
{
    private readonly Lock gate = new();
    private readonly List<LoggedEvent> log = [];
    private readonly ConcurrentDictionary<(string, SubscriptionName), RulesSubscription> subscriptions = new();

    /// <summary>What every read of a namespace's events fails with, if anything.</summary>
    public Exception? Failure { get; set; }

    public void Log(ImmutableArray<SessionEvent> events)
    {
        lock (gate)
        {
            log.AddRange(events.Select(e => new LoggedEvent(new EventCursor((ulong)e.Version, log.Count + 1), e)).ToList());
        }
    }

    public async ValueTask<EventPage> Read(EventQuery query, EventCursor after, int limit, TimeSpan patience)
    {
        if (Failure is { } failure)
        {
            throw failure;
        }

        var page = ReadNow(query, after, limit);
        if (page.Events.IsEmpty && after != EventCursor.End)
        {
            // Otherwise whoever waits for events would ask without end, and nobody else would get a turn.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return page;
    }

    private EventPage ReadNow(EventQuery query, EventCursor after, int limit)
    {
        lock (gate)
        {
            var at = after == EventCursor.End ? log.Count : log.FindIndex(e => e.Cursor == after) + 1;
            ImmutableArray<LoggedEvent> events = [.. log.Skip(at).Where(e => query.Includes(e.Event.Namespace)).Take(limit)];
            var here = after == EventCursor.End ? log.Count == 0 ? EventCursor.Start : log[^1].Cursor : after;
            return new EventPage { Events = events, Next = events.IsEmpty ? here : events[^1].Cursor };
        }
    }

    public ISubscriptionGrain Subscription(SessionNamespace @namespace, SubscriptionName name) =>
        subscriptions.GetOrAdd((@namespace.Tenant, name), _ => new RulesSubscription(@namespace.Tenant));

    public ISessionLogGrain Of(SessionId id) => new OneSession(this, id);

    private sealed class OneSession(RulesEvents all, SessionId id) : ISessionLogGrain
    {
        public ValueTask<SessionLogPage> ReadLog(long afterSequence, int limit, TimeSpan patience)
        {
            lock (all.gate)
            {
                var mine = all.log.Select(e => e.Event).Where(e => e.SessionId == id).ToList();
                return new(mine.Count == 0
                    ? new SessionLogPage { Refusal = new() { Code = SessionErrorCode.SessionNotFound, SessionId = id, Message = $"There is no session {id}." } }
                    : new SessionLogPage
                    {
                        Events = [.. mine.Where(e => e.Sequence > afterSequence).Take(limit)],
                        Ended = mine[^1].Status is SessionStatus.Closed or SessionStatus.Cancelled or SessionStatus.Failed,
                    });
            }
        }
    }

    private sealed class RulesSubscription(string tenant) : ISubscriptionGrain
    {
        private SubscriptionSnapshot? kept;

        public ValueTask<SubscriptionReply> Open(SubscriptionRequest request) =>
            Take(SubscriptionRules.Open(kept, tenant, request, (EventCursor.End, EventCursor.Start), TimeProvider.System.GetUtcNow()));

        public ValueTask<SubscriptionReply> Checkpoint(EventCursor cursor, Principal owner) =>
            Take(SubscriptionRules.Checkpoint(kept, cursor, owner, EventCursor.End, TimeProvider.System.GetUtcNow()));

        public ValueTask<SubscriptionReply> Delete(Principal owner) => Take(SubscriptionRules.Delete(kept, owner));

        private ValueTask<SubscriptionReply> Take(SubscriptionDecision decision)
        {
            kept = decision.Refusal is null ? decision.Next : kept;
            return new(new SubscriptionReply { Subscription = decision.Next, Refusal = decision.Refusal });
        }
    }
}
