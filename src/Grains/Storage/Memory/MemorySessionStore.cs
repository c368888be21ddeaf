using System.Collections.Immutable;
using Sessions.Core;

namespace Sessions.Storage.Memory;

/// <summary>Sessions in the memory of one process: for tests and first steps. Nothing outlives it.</summary>
public sealed class MemorySessionStore : ISessionStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<SessionId, Entry> entries = [];
    private readonly SortedSet<DueSession> due = new(Comparer<DueSession>.Create(
        (a, b) => a.DueAt != b.DueAt ? a.DueAt.CompareTo(b.DueAt) : a.Id.CompareTo(b.Id)));

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(entries.GetValueOrDefault(id)?.Record);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        var (record, events) = save;
        lock (gate)
        {
            var before = entries.GetValueOrDefault(record.Id);
            if ((before?.Record.Version ?? 0) != record.Version - 1)
            {
                return ValueTask.FromResult(false);
            }

            if (before is not null && SessionClock.DueAt(before.Record) is { } was)
            {
                due.Remove(new DueSession(was, record.Id));
            }

            if (SessionClock.DueAt(record) is { } at)
            {
                due.Add(new DueSession(at, record.Id));
            }

            entries[record.Id] = new Entry(record, before is null ? events : before.Events.AddRange(events));
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var events = entries.GetValueOrDefault(id)?.Events ?? [];
            return ValueTask.FromResult<ImmutableArray<SessionEvent>>([.. events.Where(e => e.Sequence > afterSequence).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DueSession>> ReadDueAsync(
        DateTimeOffset now, DueSession? after, int limit, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            // The view between two bounds, because walking to the page's start would make a long sweep quadratic.
            var lower = after ?? new DueSession(DateTimeOffset.MinValue, default);
            var upper = new DueSession(now.AddTicks(1), default);
            return ValueTask.FromResult<ImmutableArray<DueSession>>(lower.DueAt >= upper.DueAt
                ? []
                : [.. due.GetViewBetween(lower, upper).Where(d => d != after && d.DueAt <= now).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableSortedDictionary<SessionStatus, long>> CountByStatusAsync(
        SessionNamespace? within, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(entries.Values
                .Where(entry => within is null || within.Value.Contains(entry.Record.Namespace))
                .CountBy(entry => entry.Record.Status)
                .ToImmutableSortedDictionary(count => count.Key, count => (long)count.Value));
        }
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed record Entry(SessionRecord Record, ImmutableArray<SessionEvent> Events);
}
