using System.Collections.Immutable;
using Sessions.Core.Operations;
using Sessions.Grains.Storage;

namespace Sessions.TestKit;

/// <content>Operations over many sessions, as the store behind keeps them.</content>
public sealed partial class FaultyStore : IOperationStore
{
    private StoreFault? operationFault;

    private IOperationStore Operations => (IOperationStore)inner;

    /// <summary>What happens before an operation is written.</summary>
    public Action<OperationRecord>? BeforeOperation { get; set; }

    /// <summary>Lets the next save of any operation go wrong.</summary>
    public void FailNextOperation(StoreFault fault) => operationFault = fault;

    public ValueTask<OperationRecord?> ReadOperationAsync(OperationId id, CancellationToken cancellationToken) =>
        Operations.ReadOperationAsync(id, cancellationToken);

    public async ValueTask<bool> SaveOperationAsync(OperationRecord operation, CancellationToken cancellationToken)
    {
        BeforeOperation?.Invoke(operation);
        var fault = operationFault;
        operationFault = null;
        if (fault is null)
        {
            return await Operations.SaveOperationAsync(operation, cancellationToken);
        }

        if (fault == StoreFault.Refuses)
        {
            throw new StoreUnavailableException("The test refuses this save.");
        }

        if (fault == StoreFault.CommitsAndFails)
        {
            await Operations.SaveOperationAsync(operation, cancellationToken);
        }

        throw new StoreOutcomeUnknownException("The test cut the connection.");
    }

    public ValueTask<ImmutableArray<OperationRecord>> ListOperationsAsync(
        SessionNamespace within, Principal? actor, OperationPlace? after, int limit, CancellationToken cancellationToken) =>
        Operations.ListOperationsAsync(within, actor, after, limit, cancellationToken);

    public ValueTask<ImmutableArray<OperationId>> FindStalledOperationsAsync(TimeSpan untouched, int limit, CancellationToken cancellationToken) =>
        Operations.FindStalledOperationsAsync(untouched, limit, cancellationToken);

    public ValueTask<int> ForgetOperationsAsync(TimeSpan ended, int limit, CancellationToken cancellationToken) =>
        Operations.ForgetOperationsAsync(ended, limit, cancellationToken);
}
