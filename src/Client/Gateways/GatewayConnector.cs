using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Sessions.Client;

/// <summary>Connects as the runtime does, but not to gateways that are left alone.</summary>
internal sealed class GatewayConnector(IConnectionFactory inner, GatewayLinks links) : IConnectionFactory
{
    public ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        links.ThrowIfResting(endpoint);
        return inner.ConnectAsync(endpoint, cancellationToken);
    }
}
