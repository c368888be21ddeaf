using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sessions.Grains.Sweeping;

namespace Sessions.Silo.Health;

/// <summary>
/// Says when due sessions are not ended in time. Degraded and not unhealthy: the node can serve, and to send it no work would not make the
/// sweep faster.
/// </summary>
internal sealed class SweepHealthCheck(SweepState sweep) : IHealthCheck
{
    public static readonly TimeSpan Tolerated = TimeSpan.FromMinutes(1);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        sweep.SinceWork > Tolerated
            ? HealthCheckResult.Degraded(FormattableString.Invariant($"This node has not swept for {sweep.SinceWork.TotalSeconds:F0} s."))
            : sweep.Behind > Tolerated
                ? HealthCheckResult.Degraded(FormattableString.Invariant($"A session has been due for {sweep.Behind.TotalSeconds:F0} s."))
                : HealthCheckResult.Healthy("Due sessions are ended in time."));
}
