using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sessions.Grains.Storage;

namespace Sessions.Silo.Health;

/// <summary>
/// Ready means that the store commits: a node that cannot save should be sent no work. Asked at most once in <see cref="Period"/>, however
/// many ask for the health.
/// </summary>
internal sealed class StoreHealthCheck(ISessionStore store) : IHealthCheck
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private Task<HealthCheckResult>? last;
    private long lastAt;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            if (last is null || (last.IsCompleted && TimeProvider.System.GetElapsedTime(lastAt) >= Period))
            {
                lastAt = TimeProvider.System.GetTimestamp();
                last = CheckAsync();
            }

            return last;
        }
    }

    private async Task<HealthCheckResult> CheckAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await store.ProveWriteAsync(patience.Token).WaitAsync(Patience, TimeProvider.System, patience.Token);
            return HealthCheckResult.Healthy("The store commits writes.");
        }
        catch (Exception exception) when (exception is StoreUnavailableException or StoreOutcomeUnknownException)
        {
            return HealthCheckResult.Unhealthy($"The store does not commit writes: {exception.Message}");
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy($"The store has not committed a write within {Patience.TotalSeconds} s.");
        }
    }
}
