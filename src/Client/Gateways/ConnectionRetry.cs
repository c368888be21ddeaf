using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Sessions.Client;

/// <summary>
/// Lets Orleans try again to connect until <see cref="SessionsClientOptions.ConnectTimeout"/> has passed. Without a bound a
/// client with the wrong cluster id would try for ever.
/// </summary>
internal sealed partial class ConnectionRetry(IOptions<SessionsClientOptions> options, TimeProvider time, ILogger<ConnectionRetry> logger)
    : IClientConnectionRetryFilter
{
    private readonly long started = time.GetTimestamp();
    private readonly Backoff backoff = new(first: TimeSpan.FromMilliseconds(100), longest: TimeSpan.FromSeconds(1));
    private int attempts;

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        attempts++;
        var elapsed = time.GetElapsedTime(started);
        var delay = backoff.Next();
        if (cancellationToken.IsCancellationRequested || options.Value.ConnectOnStart && elapsed + delay >= options.Value.ConnectTimeout)
        {
            throw Unreachable(options.Value, exception);
        }

        LogNotConnected(attempts, delay, exception.Message);
        await Task.Delay(delay, time, cancellationToken);
        return true;
    }

    internal static UnavailableException Unreachable(SessionsClientOptions options, Exception? cause) => new(
        new SessionError
        {
            Code = SessionErrorCode.Unavailable,
            Message = $"No silo of cluster '{options.ClusterId}' answered at "
                + string.Join(", ", options.Gateways.DefaultIfEmpty(SessionsClientOptions.DefaultGateway))
                + $" within {options.ConnectTimeout.TotalSeconds:0.###} s; check that one listens there and has this cluster id. "
                + "A gateway answers only at the address and port that its node advertises (Silo:AdvertisedAddress, Silo:GatewayPort; not the silo port): "
                + "where a port is mapped, map it to the same number and advertise the address that clients use.",
        },
        cause);
}
