using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Ownership;

namespace Sessions.Grains.Storage.Memory;

/// <summary>Sessions in memory.</summary>
internal sealed class MemorySessionStore(MemoryDatabase database) : ISessionStore
{
    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult(database.Find(id)?.Read());
        }
    }

    /// <inheritdoc/>
    public ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        StoreArguments.CheckSave(save);
        cancellationToken.ThrowIfCancellationRequested();
        var record = save.Record;
        lock (database.Gate)
        {
            var held = database.Find(record.Id);
            if ((held?.Record.Version ?? 0) != record.Version - 1)
            {
                return ValueTask.FromResult(SaveOutcome.Conflict);
            }

            if ((held?.Events.Count ?? 0) != record.LastSequence - save.Events.Length)
            {
                throw new StoreUnavailableException($"The events of session {record.Id} do not follow upon those in the store.");
            }

            if ((held?.Record.LastExecution ?? 0) != record.LastExecution - save.Executions.Length)
            {
                throw new StoreUnavailableException($"The executions of session {record.Id} do not follow upon those in the store.");
            }

            if (database.Limits.FullFor(save) is { } full)
            {
                return ValueTask.FromResult(SaveOutcome.Full(full));
            }

            database.Write(held ?? new MemoryEntry(), save);
            return ValueTask.FromResult(SaveOutcome.Saved);
        }
    }

    /// <inheritdoc/>
    public ValueTask<RecordedAnswer?> ReadAnswerAsync(SessionId id, CommandId command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<RecordedAnswer?>(
                database.Find(id) is { } entry && entry.Answers.TryGetValue(command, out var answer) ? answer : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var events = database.Find(id)?.Events ?? [];
            var start = (int)Math.Clamp(afterSequence, 0, events.Count);
            return ValueTask.FromResult<ImmutableArray<SessionEvent>>([.. events.Skip(start).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<ExecutionRecord>> ReadExecutionsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var executions = database.Find(id)?.Executions ?? [];
            return ValueTask.FromResult<ImmutableArray<ExecutionRecord>>(
                [.. executions.SkipWhile(execution => execution.Sequence <= afterSequence).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<SessionId, long>> ReadEpochsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken)
    {
        StoreArguments.CheckIds(ids);
        cancellationToken.ThrowIfCancellationRequested();
        var epochs = new Dictionary<SessionId, long>(ids.Count);
        lock (database.Gate)
        {
            foreach (var id in ids)
            {
                if (database.Find(id)?.Record.Grant is { } grant)
                {
                    epochs[id] = grant.Epoch;
                }
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<SessionId, long>>(epochs);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<SessionId, StoredVersions>> ReadVersionsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken)
    {
        StoreArguments.CheckIds(ids);
        cancellationToken.ThrowIfCancellationRequested();
        var versions = new Dictionary<SessionId, StoredVersions>(ids.Count);
        lock (database.Gate)
        {
            foreach (var id in ids)
            {
                if (database.Find(id) is { } entry)
                {
                    versions[id] = new(entry.Record.Version, entry.Data.Version);
                }
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<SessionId, StoredVersions>>(versions);
    }

    /// <inheritdoc/>
    public Task ProveWriteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) => new((DateTimeOffset?)null);
}
