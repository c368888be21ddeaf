using System.Collections.Immutable;
using Sessions.Core.Operations;
using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>Operations over many sessions, whose saves fail as a test says.</summary>
internal sealed class FaultyOperationStore(IOperationStore inner) : IOperationStore
{
    private StoreFault? nextFault;

    /// <summary>What happens before an operation is written.</summary>
    public Action<OperationRecord>? BeforeOperation { get; set; }

    /// <summary>Lets the next save of any operation go wrong.</summary>
    public void FailNextOperation(StoreFault fault) => nextFault = fault;

    public ValueTask<OperationRecord?> ReadOperationAsync(OperationId id, CancellationToken cancellationToken) =>
        inner.ReadOperationAsync(id, cancellationToken);

    public async ValueTask<bool> SaveOperationAsync(OperationRecord operation, CancellationToken cancellationToken)
    {
        BeforeOperation?.Invoke(operation);
        var fault = nextFault;
        nextFault = null;
        return await fault.WriteAsync(() => inner.SaveOperationAsync(operation, cancellationToken));
    }

    public ValueTask<ImmutableArray<OperationRecord>> ListOperationsAsync(
        SessionNamespace within, Principal? actor, OperationPlace? after, int limit, CancellationToken cancellationToken) =>
        inner.ListOperationsAsync(within, actor, after, limit, cancellationToken);

    public ValueTask<ImmutableArray<OperationId>> FindStalledOperationsAsync(TimeSpan untouched, int limit, CancellationToken cancellationToken) =>
        inner.FindStalledOperationsAsync(untouched, limit, cancellationToken);

    public ValueTask<int> ForgetOperationsAsync(TimeSpan ended, int limit, CancellationToken cancellationToken) =>
        inner.ForgetOperationsAsync(ended, limit, cancellationToken);
}
