using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>Tells the session whom to call; the call itself goes over the simulated network.</summary>
internal sealed class HolderAddress(Holder holder) : ILeaseHolder
{
    public Holder Holder => holder;

    public ValueTask<LeaseReport?> Recall(LeaseRecall recall) => throw new NotSupportedException();

    public ValueTask Changed(SessionSnapshot snapshot) => throw new NotSupportedException();
}
