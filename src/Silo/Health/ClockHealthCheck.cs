using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sessions.Grains.Ownership;

namespace Sessions.Silo.Health;

/// <summary>Ready means that the node knows what time it is.</summary>
internal sealed class ClockHealthCheck(SessionsClock clock) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        clock.Fault is { } fault ? HealthCheckResult.Unhealthy(fault) : HealthCheckResult.Healthy("The clock can be trusted."));
}
