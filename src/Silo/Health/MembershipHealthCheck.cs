using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Runtime;
using Sessions.Grains.Ownership;

namespace Sessions.Silo.Health;

/// <summary>Ready means that the node is one of its cluster: others call it, and it may answer.</summary>
internal sealed class MembershipHealthCheck(ISiloStatusOracle silos, StandstillWatch standstill) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        silos.CurrentStatus != SiloStatus.Active
            ? HealthCheckResult.Unhealthy($"The cluster's membership has this node as {silos.CurrentStatus}.")
            : standstill.MayServe
                ? HealthCheckResult.Healthy("The cluster's membership has this node as Active.")
                : HealthCheckResult.Unhealthy("The node stood still and has to read whether it still belongs to the cluster."));
}
