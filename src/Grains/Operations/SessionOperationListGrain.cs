using Orleans.Concurrency;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Operations;

[GrainType("session-operation-list"), StatelessWorker]
internal sealed class SessionOperationListGrain(IOperationStore store) : Grain, ISessionOperationListGrain
{
    public async ValueTask<OperationPage> List(ListOperations request)
    {
        if (OperationForm.FindFaults(request) is { IsEmpty: false } faults)
        {
            return new OperationPage { Refusal = SessionError.InvalidConfiguration(null, faults) };
        }

        var found = await store.ListOperationsAsync(request.Namespace, request.Actor, request.After, request.Limit, CancellationToken.None);
        return new OperationPage
        {
            Operations = [.. found.Select(operation => operation.Shown)],
            Next = found.Length < request.Limit ? null : new OperationPlace(found[^1].Shown.StartedAt, found[^1].Shown.Id),
        };
    }
}
