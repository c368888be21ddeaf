using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sessions.Grains.Storage;

namespace Sessions.Silo;

/// <summary>Ready means that the store answers: a node that cannot commit should be sent no work.</summary>
internal sealed class StoreHealthCheck(ISessionStore store) : IHealthCheck
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.PingAsync(cancellationToken).WaitAsync(Patience, TimeProvider.System, cancellationToken);
            return HealthCheckResult.Healthy("The store answers.");
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy("The store does not answer.", exception);
        }
    }
}
