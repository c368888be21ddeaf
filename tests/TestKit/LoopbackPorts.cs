using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Sessions.TestKit;

/// <summary>Ports of the loopback interface for programs that have to be told theirs.</summary>
public static class LoopbackPorts
{
    // Below those that systems give to outgoing connections by themselves: of these one could be taken before the program listens,
    // or while one that was killed is started again.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>So many ports that nobody listens on, and that nobody else in this process was given.</summary>
    public static int[] Free(int count) => [.. Candidates().Where(port => IsFree(port) && Given.TryAdd(port, true)).Take(count)];

    // By chance, because other processes look for some too.
    private static IEnumerable<int> Candidates()
    {
        while (true)
        {
            yield return RandomNumberGenerator.GetInt32(First, Last);
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
