using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Sessions.TestKit;

/// <summary>Ports of the loopback interface for programs that have to be given theirs.</summary>
/// <remarks>
/// A port is claimed by a bound UDP socket of the same number, which this process keeps until it ends. No two tests are given the
/// same port, in one process or in several at once, and the program under test still finds the TCP port unused, also when it is
/// killed and started again. The system releases the claim with the process, however that ends.
/// </remarks>
public static class LoopbackPorts
{
    // Below those that systems give to outgoing connections by themselves: of these one could be taken before the program listens,
    // or while one that was killed is started again.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly List<Socket> Claims = [];

    /// <summary>Ports on which no program listens and that no other caller was given, in this process or in another.</summary>
    /// <param name="count">How many.</param>
    public static int[] Free(int count) => [.. Candidates().Where(TryClaim).Take(count)];

    // By chance, so that processes that start together seldom try the same.
    private static IEnumerable<int> Candidates()
    {
        while (true)
        {
            yield return RandomNumberGenerator.GetInt32(First, Last);
        }
    }

    private static bool TryClaim(int port)
    {
        if (Bind(port, SocketType.Dgram, ProtocolType.Udp) is not { } claim)
        {
            return false;
        }

        using var listener = Bind(port, SocketType.Stream, ProtocolType.Tcp);
        if (listener is null)
        {
            claim.Dispose();
            return false;
        }

        lock (Claims)
        {
            Claims.Add(claim);
        }

        return true;
    }

    private static Socket? Bind(int port, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol) { ExclusiveAddressUse = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
