namespace Sessions.Client;

/// <summary>Where sessions reach this client.</summary>
internal sealed class LeaseHolder(LeaseKeeper keeper) : ILeaseHolder
{
    public ValueTask<LeaseReport?> Recall(LeaseRecall recall)
    {
        ArgumentNullException.ThrowIfNull(recall);
        return new(keeper.Find(recall.SessionId, recall.Lease)?.Recall(recall));
    }

    public ValueTask Changed(SessionSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        keeper.See(snapshot);
        return default;
    }
}
