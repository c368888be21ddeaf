using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Orleans;

namespace Sessions.Client;

/// <summary>Healthy when a node of the cluster answers a question through a gateway.</summary>
internal sealed class ConnectionHealthCheck(ClusterConnection connection, IGrainFactory grains, IOptions<SessionsClientOptions> options, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var cluster = $"cluster '{options.Value.ClusterId}' at {string.Join(", ", options.Value.Gateways.DefaultIfEmpty(SessionsClientOptions.DefaultGateway))}";
        if (!connection.IsConnected)
        {
            return new(context.Registration.FailureStatus, $"There is no connection to {cluster} yet.");
        }

        try
        {
            var gateways = await grains.GetGateways().List().AsTask().WaitAsync(Patience, time, cancellationToken);
            return HealthCheckResult.Healthy($"The {cluster} answers; its gateways: {string.Join(", ", gateways.Endpoints)}.");
        }
        catch (ArgumentException)
        {
            return HealthCheckResult.Healthy($"The {cluster} answers; its nodes are of an older release.");
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            return new(context.Registration.FailureStatus, $"The {cluster} does not answer: {fault.Message}", fault);
        }
    }
}
