using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>A row that does not keep what was debited: as if blocks went out before they were written.</summary>
internal sealed class ForgetfulRow(World world, SessionRecord first) : Row(world, first)
{
    protected override SessionRecord Stored(SessionRecord next) => next.Grant is not { } mark ? next : next with
    {
        Grant = mark with { Executions = next.Usage.Executions, ComputeTime = next.Usage.ComputeTime },
    };
}
