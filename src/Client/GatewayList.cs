using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Sessions.Client;

/// <summary>
/// Tells Orleans the gateways that the options name. Names are looked up each time it asks, because a container that comes
/// back has another address.
/// </summary>
internal sealed partial class GatewayList(IOptions<SessionsClientOptions> options, ILogger<GatewayList> logger) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => TimeSpan.FromMinutes(1);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public async Task<IList<Uri>> GetGateways()
    {
        var found = new List<IPEndPoint>();
        foreach (var gateway in Named(options.Value))
        {
            try
            {
                found.AddRange(await gateway.ResolveAsync());
            }
            catch (SocketException fault)
            {
                // One name that is gone must not hide the others.
                LogNameNotFound(gateway.Host, fault.Message);
            }
        }

        return [.. found.Distinct().Select(endpoint => endpoint.ToGatewayUri())];
    }

    internal static IEnumerable<GatewayEndpoint> Named(SessionsClientOptions options)
    {
        foreach (var text in options.Gateways.DefaultIfEmpty(SessionsClientOptions.DefaultGateway))
        {
            if (GatewayEndpoint.TryParse(text, out var endpoint))
            {
                yield return endpoint;
            }
        }
    }
}
