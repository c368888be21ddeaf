using System.Net;
using System.Net.Sockets;
using Sessions.Silo.Listening;
using Sessions.Silo.Settings;
using Sessions.TestKit;

namespace Sessions.Silo.Tests;

public sealed class ReservedPortsTests
{
    [Fact]
    public void PortsReserved_ByAnother_AreRefusedWithTheSetting()
    {
        var endpoints = Endpoints();
        using var first = ReservedPorts.Bind(endpoints);

        var refusal = Assert.Throws<InvalidSettingsException>(() => ReservedPorts.Bind(endpoints));

        Assert.Equal(
            $"Silo:SiloPort is {endpoints.Silo.Port}, and another process listens on {endpoints.Silo}. Stop it or set another port.", refusal.Message);
    }

    // As the sockets of the runtime itself are: the kernel lets several processes listen on one port that all say so.
    [Fact]
    public void PortsReserved_ByAnotherThatSharesItsPort_AreRefused()
    {
        var endpoints = Endpoints();
        using var sharing = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        sharing.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        sharing.Bind(endpoints.Gateway);
        sharing.Listen();

        Assert.Contains("Silo:GatewayPort", Assert.Throws<InvalidSettingsException>(() => ReservedPorts.Bind(endpoints)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusedForOnePort_TheOthers_AreFreeAgain()
    {
        var endpoints = Endpoints();
        using (var other = new TcpListener(endpoints.Http))
        {
            other.Start();
            Assert.Contains("Silo:HttpPort", Assert.Throws<InvalidSettingsException>(() => ReservedPorts.Bind(endpoints)).Message, StringComparison.Ordinal);
        }

        using var ports = ReservedPorts.Bind(endpoints);
    }

    [Fact]
    public void AddressOfAnotherMachine_IsRefused()
    {
        var endpoints = Endpoints() with { Silo = new(IPAddress.Parse("192.0.2.1"), LoopbackPorts.Free(1)[0]) };

        Assert.StartsWith("This machine has no address 192.0.2.1", Assert.Throws<InvalidSettingsException>(() => ReservedPorts.Bind(endpoints)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyAddress_IsOpenForBothFamilies()
    {
        var ports = LoopbackPorts.Free(3);
        var endpoints = NodeEndpoints.Resolve(
            new SiloOptions { ListenOnAnyAddress = true, SiloPort = ports[0], GatewayPort = ports[1], HttpPort = ports[2] }, StorageKind.Postgres);
        using var reserved = ReservedPorts.Bind(endpoints);
        using var four = new TcpClient(AddressFamily.InterNetwork);

        four.Connect(IPAddress.Loopback, ports[1]);

        Assert.True(four.Connected);
        if (Socket.OSSupportsIPv6)
        {
            using var six = new TcpClient(AddressFamily.InterNetworkV6);
            six.Connect(IPAddress.IPv6Loopback, ports[1]);
            Assert.True(six.Connected);
        }
    }

    // The kernel gives it to connections that it accepts; without it a client that has lost its power is connected for ever.
    [Fact]
    public void AcceptedConnection_IsKeptAlive_OfAClientForSeconds_OfANodeForLonger()
    {
        var endpoints = Endpoints();
        using var ports = ReservedPorts.Bind(endpoints);

        using var client = Accept(endpoints.Gateway);
        using var node = Accept(endpoints.Silo);

        Assert.NotEqual(0, client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal(1, client.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        Assert.Equal(90, node.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        if (OperatingSystem.IsLinux())
        {
            var patience = new byte[sizeof(int)];
            client.GetRawSocketOption((int)SocketOptionLevel.Tcp, 18, patience);
            Assert.Equal(1_500, BitConverter.ToInt32(patience));
        }

        Socket Accept(IPEndPoint endpoint)
        {
            using var listener = ports.Take(endpoint);
            using var client = new TcpClient();
            client.Connect(endpoint);
            return listener.Accept();
        }
    }

    [Fact]
    public void HostName_IsResolved_AndOneThatIsNoneIsRefused()
    {
        Assert.Equal(IPAddress.Loopback, NodeEndpoints.Resolve(new SiloOptions { AdvertisedAddress = "localhost" }, StorageKind.Postgres).Advertised);

        var refusal = Assert.Throws<InvalidSettingsException>(
            () => NodeEndpoints.Resolve(new SiloOptions { AdvertisedAddress = "no-such-host.invalid" }, StorageKind.Postgres));
        Assert.Contains("the name 'no-such-host.invalid' has no address", refusal.Message, StringComparison.Ordinal);
    }

    private static NodeEndpoints Endpoints()
    {
        var ports = LoopbackPorts.Free(3);
        return new(IPAddress.Loopback, new(IPAddress.Loopback, ports[0]), new(IPAddress.Loopback, ports[1]), new(IPAddress.Loopback, ports[2]));
    }
}
