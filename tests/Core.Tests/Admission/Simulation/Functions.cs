using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>What there is to execute.</summary>
internal static class Functions
{
    public static readonly IReadOnlyList<FunctionName> All = [FunctionName.Parse("math.add"), FunctionName.Parse("io.read")];
}
