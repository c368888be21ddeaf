using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>Which activation a caller's calls arrive at: the one that the directory names, or for some callers a stale one.</summary>
internal sealed class Routes(IReadOnlyList<SimulatedActivation> activations)
{
    private readonly Dictionary<Process, SimulatedActivation> strays = [];
    private SimulatedActivation home = activations[0];

    public SimulatedActivation For(Process caller) => strays.GetValueOrDefault(caller, home);

    /// <summary>Sends one caller elsewhere, until the directory changes.</summary>
    public void Stray(Process caller, SimulatedActivation to) => strays[caller] = to;

    /// <summary>Sends everybody to one.</summary>
    public void Settle(SimulatedActivation to)
    {
        strays.Clear();
        home = to;
    }
}
