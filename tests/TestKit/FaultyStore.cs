using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Events;
using Sessions.Grains.Storage;

namespace Sessions.TestKit;

/// <summary>How the next save of one session goes wrong.</summary>
public enum StoreFault
{
    /// <summary>Nothing is written, and the store says so.</summary>
    Refuses,

    /// <summary>It is written, and the connection dies before the answer.</summary>
    CommitsAndFails,

    /// <summary>It is not written, and the connection dies before the answer.</summary>
    LosesAndFails,
}

/// <summary>A store that goes wrong where a test wants it to.</summary>
public sealed partial class FaultyStore(ISessionStore inner) : ISessionStore, IEventLog
{
    /// <summary>Counting here fails in the words of a database.</summary>
    public static readonly SessionNamespace BrokenNamespace = SessionNamespace.Parse("broken");

    private readonly ConcurrentDictionary<SessionId, StoreFault> faults = new();
    private readonly ConcurrentDictionary<SessionId, Task> holds = new();
    private readonly ConcurrentDictionary<SessionId, bool> unreadable = new();
    private readonly ConcurrentDictionary<string, bool> unreadableLogs = new();

    public ISessionStore Inner => inner;

    public void FailNextSave(SessionId id, StoreFault fault) => faults[id] = fault;

    /// <summary>Whether the next save of a session is still to go wrong.</summary>
    public bool WillFail(SessionId id) => faults.ContainsKey(id);

    /// <summary>Lets the next save of one session wait before it is written.</summary>
    public void HoldNextSave(SessionId id, Task until) => holds[id] = until;

    /// <summary>Whether the next save of a session is still to come and wait.</summary>
    public bool WillHold(SessionId id) => holds.ContainsKey(id);

    public async ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        if (holds.TryRemove(save.Record.Id, out var until))
        {
            await until;
        }

        if (!faults.TryRemove(save.Record.Id, out var fault))
        {
            return await inner.SaveAsync(save, cancellationToken);
        }

        if (fault == StoreFault.Refuses)
        {
            throw new StoreUnavailableException("The test refuses this save.");
        }

        if (fault == StoreFault.CommitsAndFails)
        {
            await inner.SaveAsync(save, cancellationToken);
        }

        throw new StoreOutcomeUnknownException("The test cut the connection.");
    }

    /// <summary>Lets every read of a session fail until the test takes it back.</summary>
    public void FailReads(SessionId id, bool fail = true) => unreadable[id] = fail;

    /// <summary>Lets every read of a tenant's log fail until the test takes it back.</summary>
    public void FailLog(SessionNamespace tenant, bool fail = true)
    {
        if (fail)
        {
            unreadableLogs[tenant.Tenant] = true;
        }
        else
        {
            unreadableLogs.TryRemove(tenant.Tenant, out _);
        }
    }

    public Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken) => unreadable.GetValueOrDefault(id)
        ? throw new StoreUnavailableException("The test refuses this read.")
        : inner.ReadAsync(id, cancellationToken);

    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadEventsAsync(id, afterSequence, limit, cancellationToken);


    public ValueTask<ImmutableArray<ExecutionRecord>> ReadExecutionsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadExecutionsAsync(id, afterSequence, limit, cancellationToken);

    public ValueTask<IReadOnlyDictionary<SessionId, long>> ReadEpochsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken) =>
        inner.ReadEpochsAsync(ids, cancellationToken);

    public Task PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    public ValueTask<EventLogPage> ReadLogAsync(
        SessionNamespace? within, EventCursor after, int limit, CancellationToken cancellationToken) => within is { } root && unreadableLogs.ContainsKey(root.Tenant)
        ? throw new StoreUnavailableException("The test refuses to read the log.")
        : ((IEventLog)inner).ReadLogAsync(within, after, limit, cancellationToken);
}
