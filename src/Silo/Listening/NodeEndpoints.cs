using System.Net;
using System.Net.Sockets;
using Sessions.Silo.Settings;

namespace Sessions.Silo.Listening;

/// <summary>Where a node listens, and under which address others reach it.</summary>
/// <param name="Advertised">For other nodes and for clients that learn of the node from the cluster.</param>
/// <param name="Silo">For other nodes.</param>
/// <param name="Gateway">For clients.</param>
/// <param name="Http">For health checks.</param>
internal sealed record NodeEndpoints(IPAddress Advertised, IPEndPoint Silo, IPEndPoint Gateway, IPEndPoint Http)
{
    /// <summary>Finds the addresses.</summary>
    /// <exception cref="InvalidSettingsException">There is no address for what <c>Silo:AdvertisedAddress</c> says.</exception>
    public static NodeEndpoints Resolve(SiloOptions options, StorageKind storage)
    {
        var any = options.ListenOnAnyAddress ? Any : null;
        var advertised = ResolveAdvertised(options.AdvertisedAddress);

        // No other node joins one that is by itself.
        var silo = storage == StorageKind.Postgres ? any ?? advertised : IPAddress.Loopback;
        return new(
            advertised,
            new(silo, options.SiloPort),
            new(any ?? advertised, options.GatewayPort),
            new(any ?? IPAddress.Loopback, options.HttpPort));
    }

    // Of both families, where the machine has both.
    private static IPAddress Any => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    private static IPAddress ResolveAdvertised(string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            return address;
        }

        var isAuto = text == SiloOptions.Auto;
        var name = isAuto ? Dns.GetHostName() : text;
        try
        {
            var addresses = Dns.GetHostAddresses(name)
                .Where(one => !isAuto || (!IPAddress.IsLoopback(one) && !one.IsIPv6LinkLocal))
                .OrderBy(one => one.AddressFamily == AddressFamily.InterNetwork ? 0 : 1);
            return addresses.FirstOrDefault() ?? throw NoAddress(null);
        }
        catch (SocketException fault)
        {
            throw NoAddress(fault.Message);
        }

        InvalidSettingsException NoAddress(string? why) => new(
            $"{SiloOptions.Section}:{nameof(SiloOptions.AdvertisedAddress)} is {text}, and the name '{name}' has no "
            + $"{(isAuto ? "address that other machines can reach" : "address")}{(why is null ? "" : $" ({why})")}. "
            + "Set the IP address under which other nodes reach this one.");
    }
}
