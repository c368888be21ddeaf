using System.Net;
using System.Net.Sockets;

namespace Sessions.TestKit;

/// <summary>Ports of the loopback interface for programs that have to be told theirs.</summary>
public static class LoopbackPorts
{
    /// <summary>So many ports that nobody listens on, at least at this moment.</summary>
    public static int[] Free(int count)
    {
        // All at once, or the system could give the first one again.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        Array.ForEach(listeners, listener => listener.Stop());
        return ports;
    }
}
