using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Ownership;
using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>Sessions, whose saves and reads fail or wait as a test says.</summary>
internal sealed class FaultySessionStore(ISessionStore inner) : ISessionStore
{
    private readonly ConcurrentDictionary<SessionId, StoreFault> faults = new();
    private readonly ConcurrentDictionary<SessionId, Task> holds = new();
    private readonly ConcurrentDictionary<SessionId, bool> unreadable = new();
    private readonly ConcurrentDictionary<SessionId, int> looks = new();
    private Task versionsHeld = Task.CompletedTask;
    private int questions;
    private readonly ConcurrentDictionary<SessionId, string> refusals = new();

    /// <summary>Lets every save of a session be refused in these words.</summary>
    public void FailSaves(SessionId id, string words) => refusals[id] = words;

    public void FailNextSave(SessionId id, StoreFault fault) => faults[id] = fault;

    /// <summary>Whether the next save of a session is still to go wrong.</summary>
    public bool WillFail(SessionId id) => faults.ContainsKey(id);

    /// <summary>Lets the next save of one session wait before it is written.</summary>
    public void HoldNextSave(SessionId id, Task until) => holds[id] = until;

    /// <summary>Whether the next save of a session is still to come and wait.</summary>
    public bool WillHold(SessionId id) => holds.ContainsKey(id);

    /// <summary>Lets every read of a session fail until the test takes it back.</summary>
    public void FailReads(SessionId id, bool fail = true) => unreadable[id] = fail;

    /// <summary>How many questions for versions have been asked, for whichever sessions.</summary>
    public int VersionQuestions => Volatile.Read(ref questions);

    /// <summary>How many of them asked for a session.</summary>
    public int VersionLooks(SessionId id) => looks.GetValueOrDefault(id);

    /// <summary>Lets questions for versions wait before they are answered.</summary>
    public void HoldVersions(Task until) => Volatile.Write(ref versionsHeld, until);

    public Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public async ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        if (holds.TryRemove(save.Record.Id, out var until))
        {
            await until;
        }

        if (refusals.TryGetValue(save.Record.Id, out var words))
        {
            throw new StoreUnavailableException(words);
        }

        StoreFault? next = faults.TryRemove(save.Record.Id, out var fault) ? fault : null;
        return await next.WriteAsync(() => inner.SaveAsync(save, cancellationToken));
    }

    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken) => unreadable.GetValueOrDefault(id)
        ? throw new StoreUnavailableException("The test refuses this read.")
        : inner.ReadAsync(id, cancellationToken);

    public ValueTask<RecordedAnswer?> ReadAnswerAsync(SessionId id, CommandId command, CancellationToken cancellationToken) =>
        inner.ReadAnswerAsync(id, command, cancellationToken);

    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadEventsAsync(id, afterSequence, limit, cancellationToken);

    public ValueTask<ImmutableArray<ExecutionRecord>> ReadExecutionsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadExecutionsAsync(id, afterSequence, limit, cancellationToken);

    public ValueTask<IReadOnlyDictionary<SessionId, long>> ReadEpochsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken) =>
        inner.ReadEpochsAsync(ids, cancellationToken);

    public async ValueTask<IReadOnlyDictionary<SessionId, StoredVersions>> ReadVersionsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref questions);
        foreach (var id in ids)
        {
            looks.AddOrUpdate(id, 1, (_, before) => before + 1);
        }

        await Volatile.Read(ref versionsHeld).WaitAsync(cancellationToken);
        return ids.Any(id => unreadable.GetValueOrDefault(id))
            ? throw new StoreUnavailableException("The test refuses this look.")
            : await inner.ReadVersionsAsync(ids, cancellationToken);
    }

    public Task ProveWriteAsync(CancellationToken cancellationToken) => inner.ProveWriteAsync(cancellationToken);

    public ValueTask<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) => inner.ReadClockAsync(cancellationToken);
}
