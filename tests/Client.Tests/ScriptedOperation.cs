namespace Sessions.Client.Tests;

/// <summary>An operation that answers as it is told, and remembers what it was asked.</summary>
internal sealed class ScriptedOperation : ISessionOperationGrain, ISessionOperationListGrain
{
    public Queue<OperationReply> Replies { get; } = new();

    public Queue<OperationPage> Pages { get; } = new();

    public List<OperationId> Asked { get; } = [];

    public List<StartOperation> Started { get; } = [];

    public List<(long Version, TimeSpan Patience)> Awaited { get; } = [];

    public List<CancelOperation> Cancelled { get; } = [];

    public List<ListOperations> Listed { get; } = [];

    public ISessionOperationGrain Of(OperationId id)
    {
        Asked.Add(id);
        return this;
    }

    public ValueTask<OperationReply> Start(StartOperation request)
    {
        Started.Add(request);
        return new(Replies.Dequeue());
    }

    public ValueTask<OperationReply> Get() => new(Replies.Dequeue());

    public ValueTask<OperationReply> WaitForChange(long version, TimeSpan patience)
    {
        Awaited.Add((version, patience));
        return new(Replies.Dequeue());
    }

    public ValueTask<OperationReply> Cancel(CancelOperation request)
    {
        Cancelled.Add(request);
        return new(Replies.Dequeue());
    }

    public ValueTask<OperationPage> List(ListOperations request)
    {
        Listed.Add(request);
        return new(Pages.Dequeue());
    }
}
