using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

internal static class Flows
{
    /// <summary>A flow that is done.</summary>
    public static Flow<T> Of<T>(T value)
    {
        var flow = new Flow<T>();
        flow.Succeed(value);
        return flow;
    }
}
