using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sessions.Grains.Events;

namespace Sessions.Silo.Health;

/// <summary>
/// Says when events that are committed cannot be read, or the log cannot. Degraded and not unhealthy: what holds them back holds them back
/// at every node.
/// </summary>
internal sealed class FeedHealthCheck(FeedState feed) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        feed.SinceLook > FeedWatch.Tolerated
            ? HealthCheckResult.Degraded(FormattableString.Invariant($"The event log has not been read for {feed.SinceLook.TotalSeconds:F0} s."))
            : feed.Behind > FeedWatch.Tolerated
                ? HealthCheckResult.Degraded(FormattableString.Invariant(
                    $"Events are held back for {feed.Behind.TotalSeconds:F0} s by a transaction that is open in a database of the server."))
                : HealthCheckResult.Healthy(feed.Behind == TimeSpan.Zero
                    ? "Every event that is committed can be read."
                    : FormattableString.Invariant($"Events are held back for {feed.Behind.TotalSeconds:F0} s.")));
}
