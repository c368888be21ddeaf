using Microsoft.Extensions.Logging;
using Sessions.Grains.Ownership;

namespace Sessions.Grains.Cluster;

/// <summary>The cluster's gateways, read from the membership table at most once in two seconds, however many ask.</summary>
internal sealed partial class ClusterGateways(ISiloMembership membership, TimeProvider time, ILogger<ClusterGateways> logger)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);

    private readonly Lock reading = new();
    private Task<GatewayAddresses> last = Task.FromResult(new GatewayAddresses());
    private long? readAt;

    /// <summary>The gateways; those of the last answer if the table cannot be read.</summary>
    public async ValueTask<GatewayAddresses> ReadAsync()
    {
        Task<GatewayAddresses> current;
        lock (reading)
        {
            if (readAt is not { } then || last.IsCompleted && time.GetElapsedTime(then) > Freshness)
            {
                (last, readAt) = (ReadTableAsync(last), time.GetTimestamp());
            }

            current = last;
        }

        return await current;
    }

    private async Task<GatewayAddresses> ReadTableAsync(Task<GatewayAddresses> before)
    {
        try
        {
            return new GatewayAddresses { Endpoints = await membership.ReadGatewaysAsync() };
        }
        catch (Exception fault)
        {
            LogNotRead(fault.Message);
            return await before;
        }
    }

    [LoggerMessage(241, LogLevel.Warning, "The cluster's gateways cannot be read, so clients are told those of before: {Fault}")]
    private partial void LogNotRead(string fault);
}
