using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sessions.Client;

/// <summary>Where a silo's gateway listens: <c>host:port</c>, <c>ipv4:port</c> or <c>[ipv6]:port</c>.</summary>
internal sealed record GatewayEndpoint(string Host, int Port)
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out GatewayEndpoint? endpoint)
    {
        endpoint = null;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is 0 or > IPEndPoint.MaxPort)
        {
            return false;
        }

        var host = text![..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!IPAddress.TryParse(host, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            {
                return false;
            }
        }
        else if (Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            // An IPv6 address without brackets is refused too: its last group would be taken for the port.
            return false;
        }

        endpoint = new GatewayEndpoint(host, port);
        return true;
    }

    /// <summary>Every address that the host has now.</summary>
    /// <exception cref="SocketException">The name has no address.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> ResolveAsync()
    {
        if (IPAddress.TryParse(Host, out var literal))
        {
            return [new IPEndPoint(literal, Port)];
        }

        // A name of this machine is one gateway, also where it stands for both families. A second connection to it would take the answers of the first.
        var addresses = await Dns.GetHostAddressesAsync(Host);
        return addresses.Length > 1 && addresses.All(IPAddress.IsLoopback)
            ? [new IPEndPoint(addresses.MinBy(address => address.AddressFamily == AddressFamily.InterNetworkV6)!, Port)]
            : [.. addresses.Select(address => new IPEndPoint(address, Port))];
    }
}
