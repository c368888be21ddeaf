using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Stored;

namespace Sessions.Grains.Storage.Memory;

/// <summary>Sessions in the memory of one process, for tests and first steps. What it holds ends with the process.</summary>
public sealed partial class MemorySessionStore : ISessionStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<SessionId, Entry> entries = [];

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return ValueTask.FromResult(entries.GetValueOrDefault(id) is { } entry ? entry.Data.Overlay(entry.Record) : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        StoreArguments.CheckSave(save);
        cancellationToken.ThrowIfCancellationRequested();
        var record = save.Record;
        lock (gate)
        {
            var held = entries.GetValueOrDefault(record.Id);
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

            if (FullLimit(save) is { } full)
            {
                return ValueTask.FromResult(SaveOutcome.Full(full));
            }

            Write(held ?? new Entry(), save);
            Count(save);
            return ValueTask.FromResult(SaveOutcome.Saved);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            var events = entries.GetValueOrDefault(id)?.Events ?? [];
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
        lock (gate)
        {
            var executions = entries.GetValueOrDefault(id)?.Executions ?? [];
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
        lock (gate)
        {
            foreach (var id in ids)
            {
                if (entries.GetValueOrDefault(id)?.Record.Grant is { } grant)
                {
                    epochs[id] = grant.Epoch;
                }
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<SessionId, long>>(epochs);
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Write(Entry entry, SessionSave save)
    {
        Place(entry.Record, save.Record);
        entry.Record = save.Record;
        entry.Events.AddRange(save.Events);
        Log(save.Events);
        entry.Log(save.Executions);
        entries[save.Record.Id] = entry;
        SetDue(entry, DueTime.Of(save.Record));
    }

    private sealed class Entry
    {
        public SessionRecord Record { get; set; } = null!;

        public List<SessionEvent> Events { get; } = [];

        public List<ExecutionRecord> Executions { get; } = [];

        public DateTimeOffset? DueAt { get; set; }

        public DataRoom Data { get; } = new();

        public void Log(ImmutableArray<ExecutionRecord> executions)
        {
            Executions.AddRange(ExecutionLog.Newest(executions)
                .Select(execution => execution with { StartedAt = ExecutionLog.Stored(execution.StartedAt) }));
            Executions.RemoveRange(0, Math.Max(0, Executions.Count - SessionSave.ExecutionsKept));
        }
    }
}
