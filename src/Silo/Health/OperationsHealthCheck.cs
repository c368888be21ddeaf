using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sessions.Grains.Operations;

namespace Sessions.Silo.Health;

/// <summary>Says when operations over many sessions do not go on. Degraded and not unhealthy: the node can serve.</summary>
internal sealed class OperationsHealthCheck(OperationsState operations) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        operations.StalledFor > OperationKeeper.Tolerated
            ? HealthCheckResult.Degraded(FormattableString.Invariant($"{operations.Stalled} operations over many sessions do not go on."))
            : HealthCheckResult.Healthy("Operations over many sessions go on."));
}
