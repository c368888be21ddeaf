using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sessions.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health check of a client of Sessions.</summary>
public static class SessionsHealthChecks
{
    /// <summary>
    /// Adds a check that is healthy while a node of the cluster answers through a gateway, within 3 s. Add the client with
    /// <see cref="SessionsClientServices.AddSessionsClient"/> too.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What counts while nothing answers. Default: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags, to choose checks by.</param>
    public static IHealthChecksBuilder AddSessionsClient(
        this IHealthChecksBuilder builder, string name = "sessions", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<ConnectionHealthCheck>(name, failureStatus, tags ?? []);
    }
}
