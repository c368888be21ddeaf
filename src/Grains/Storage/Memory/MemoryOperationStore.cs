using System.Collections.Immutable;
using Sessions.Core.Operations;
using Sessions.Core.Stored;

namespace Sessions.Grains.Storage.Memory;

/// <summary>Operations over many sessions, in memory.</summary>
internal sealed class MemoryOperationStore(MemoryDatabase database) : IOperationStore
{
    private readonly Dictionary<OperationId, (OperationRecord Operation, long TouchedAt)> operations = [];

    /// <inheritdoc/>
    public ValueTask<OperationRecord?> ReadOperationAsync(OperationId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<OperationRecord?>(operations.GetValueOrDefault(id).Operation);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> SaveOperationAsync(OperationRecord operation, CancellationToken cancellationToken)
    {
        StoreArguments.CheckOperation(operation);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var held = operations.TryGetValue(operation.Shown.Id, out var entry) ? entry.Operation.Shown.Version : 0;
            if (held != operation.Shown.Version - 1)
            {
                return ValueTask.FromResult(false);
            }

            operations[operation.Shown.Id] = (operation, TimeProvider.System.GetTimestamp());
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<OperationRecord>> ListOperationsAsync(
        SessionNamespace within, Principal? actor, OperationPlace? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<ImmutableArray<OperationRecord>>([.. operations.Values
                .Select(entry => entry.Operation)
                .Where(operation => within.Contains(operation.Shown.Query.Namespace!.Value) && (actor is null || operation.Shown.Actor == actor))
                .OrderByDescending(PlaceOf)
                .SkipWhile(operation => after is not null && PlaceOf(operation).CompareTo((ExecutionLog.Stored(after.StartedAt), after.Id)) >= 0)
                .Take(limit)]);
        }

        static (DateTimeOffset, OperationId) PlaceOf(OperationRecord operation) => (ExecutionLog.Stored(operation.Shown.StartedAt), operation.Shown.Id);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<OperationId>> FindStalledOperationsAsync(TimeSpan untouched, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<ImmutableArray<OperationId>>(
                [.. Untouched(untouched, isFinal: false).Select(operation => operation.Id).Order().Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> ForgetOperationsAsync(TimeSpan ended, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var forgotten = Untouched(ended, isFinal: true).Take(limit).ToList();
            forgotten.ForEach(operation => operations.Remove(operation.Id));
            return ValueTask.FromResult(forgotten.Count);
        }
    }

    private IEnumerable<OperationSnapshot> Untouched(TimeSpan so, bool isFinal) => operations.Values
        .Where(entry => entry.Operation.Shown.IsFinal == isFinal && TimeProvider.System.GetElapsedTime(entry.TouchedAt) >= so)
        .Select(entry => entry.Operation.Shown);
}
