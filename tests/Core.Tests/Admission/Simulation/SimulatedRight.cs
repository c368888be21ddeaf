using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>The right to grant, as an activation keeps it.</summary>
internal sealed class SimulatedRight(long epoch, long lookedAt)
{
    public long Epoch => epoch;

    public bool IsLost { get; private set; }

    public long LookedAt { get; private set; } = lookedAt;

    public void Note(long? found, long sentAt)
    {
        if (found == epoch)
        {
            LookedAt = Math.Max(LookedAt, sentAt);
        }
        else
        {
            IsLost = true;
        }
    }
}
