using System.Net;
using System.Net.Sockets;
using Sessions.Silo.Settings;

namespace Sessions.Silo.Listening;

/// <summary>
/// The ports of a node, each bound by this process alone before the node joins its cluster. The runtime and the web server listen with
/// these sockets. By itself the runtime lets a second process listen on the same port, and the kernel spreads connections over both; and
/// it binds its ports after the node has taken the place of another one with the same address.
/// </summary>
internal sealed class ReservedPorts : IDisposable
{
    private const int Backlog = 512;

    // As the runtime's own sockets have it.
    private const int KeepAliveSeconds = 90;
    private const int KeepAliveIntervalSeconds = 30;
    private const int KeepAliveRetries = 2;

    // A client whose link is cut comes back through another gateway, and this node answers into the dead connection until it is closed.
    private const int GatewayKeepAliveSeconds = 1;
    private const int GatewayPatienceMilliseconds = 1_500;
    private const int TcpUserTimeout = 18;

    private readonly Dictionary<int, Socket> sockets = [];

    /// <summary>Binds all three.</summary>
    /// <exception cref="InvalidSettingsException">One cannot be bound.</exception>
    public static ReservedPorts Bind(NodeEndpoints endpoints)
    {
        var ports = new ReservedPorts();
        try
        {
            ports.Bind(nameof(SiloOptions.SiloPort), endpoints.Silo);
            ports.Bind(nameof(SiloOptions.GatewayPort), endpoints.Gateway);
            ports.Bind(nameof(SiloOptions.HttpPort), endpoints.Http);
            return ports;
        }
        catch
        {
            ports.Dispose();
            throw;
        }
    }

    /// <summary>Gives the socket of an endpoint away, to be listened with and disposed of by whoever takes it.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it was taken.</exception>
    public Socket Take(EndPoint endpoint)
    {
        lock (sockets)
        {
            return endpoint is IPEndPoint { Port: var port } && sockets.Remove(port, out var socket)
                ? socket
                : throw new InvalidOperationException($"{endpoint} is not one of the node's endpoints, or is in use by the node already.");
        }
    }

    public void Dispose()
    {
        lock (sockets)
        {
            foreach (var socket in sockets.Values)
            {
                socket.Dispose();
            }

            sockets.Clear();
        }
    }

    private void Bind(string setting, IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        sockets.Add(endpoint.Port, socket);
        try
        {
            if (endpoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            if (OperatingSystem.IsWindows())
            {
                socket.ExclusiveAddressUse = true;
            }

            // Accepted connections have the same: one whose peer is gone without a word is found and closed.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            var (time, interval) = setting == nameof(SiloOptions.GatewayPort)
                ? (GatewayKeepAliveSeconds, GatewayKeepAliveSeconds)
                : (KeepAliveSeconds, KeepAliveIntervalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, time);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, interval);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveRetries);
            if (setting == nameof(SiloOptions.GatewayPort) && OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(GatewayPatienceMilliseconds));
            }

            // The port belongs to the process that listens, not to one that has only bound it.
            socket.Bind(endpoint);
            socket.Listen(Backlog);
        }
        catch (SocketException fault)
        {
            throw new InvalidSettingsException(fault.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse =>
                    $"{SiloOptions.Section}:{setting} is {endpoint.Port}, and another process listens on {endpoint}. Stop it or set another port.",
                SocketError.AddressNotAvailable =>
                    $"This machine has no address {endpoint.Address}, on which {SiloOptions.Section}:{setting} is to be opened. "
                    + $"Set {SiloOptions.Section}:{nameof(SiloOptions.AdvertisedAddress)} to an address of this machine, or {SiloOptions.Section}:{nameof(SiloOptions.ListenOnAnyAddress)} to true.",
                SocketError.AccessDenied =>
                    $"{SiloOptions.Section}:{setting} is {endpoint.Port}, which this user may not open. Set a port above 1023.",
                _ => $"{SiloOptions.Section}:{setting} cannot be opened at {endpoint}: {fault.Message}.",
            });
        }
    }
}
