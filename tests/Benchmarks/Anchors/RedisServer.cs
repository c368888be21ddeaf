using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Anchors;

/// <summary>
/// A Redis of one's own, from the distribution: on a free port of the loopback interface, in a fresh directory, keeping nothing.
/// It ends with its owner, however that ends.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    // Stands between the owner and the server: the end of its input, which comes when the owner dies in whatever way, stops the
    // server and removes its files.
    private const string Guard =
        """
        trap '' INT
        home=$1; shift
        "$@" >"$home/log" 2>&1 </dev/null &
        server=$!
        exec 2>/dev/null
        read -r line
        kill -s KILL "$server"; wait "$server"; rm -rf "$home"
        """;

    private const int MaxAttempts = 5;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(10);

    private readonly Process guard;
    private readonly string home;

    private RedisServer(Process guard, string home, int port) => (this.guard, this.home, Port) = (guard, home, port);

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Makes a server and waits until it answers.</summary>
    public static async Task<RedisServer> StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = Launch(LoopbackPorts.Free(1)[0]);
            if (await server.BecomesReadyAsync())
            {
                return server;
            }

            var log = server.Log;
            await server.DisposeAsync();

            // Somebody else may have taken the port since it was found free.
            if (attempt == MaxAttempts || !log.Contains("Address already in use", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"redis-server did not start; is it installed?\n{log}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        guard.StandardInput.Close();
        await guard.WaitForExitAsync();
        guard.Dispose();
    }

    private string Log => File.Exists(Path.Combine(home, "log")) ? File.ReadAllText(Path.Combine(home, "log")) : "";

    private static RedisServer Launch(int port)
    {
        var home = Directory.CreateTempSubdirectory("sessions-redis-").FullName;
        string[] arguments =
        [
            "-c", Guard, "guard", home,
            "redis-server", "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture),
            "--dir", home, "--save", "", "--appendonly", "no", "--daemonize", "no",
        ];
        var start = new ProcessStartInfo("sh", arguments) { WorkingDirectory = home, RedirectStandardInput = true };
        return new RedisServer(Process.Start(start)!, home, port);
    }

    // The server's own word and not only an open port: that may be somebody else's.
    private async Task<bool> BecomesReadyAsync()
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < StartTimeout)
        {
            var log = Log;
            if (log.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                return await AnswersAsync();
            }

            if (log.Contains("Address already in use", StringComparison.Ordinal) || log.Contains("not found", StringComparison.Ordinal))
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return false;
    }

    private async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        var stream = client.GetStream();
        await stream.WriteAsync("PING\r\n"u8.ToArray());
        var answer = new byte[7];
        await stream.ReadExactlyAsync(answer);
        return answer.AsSpan().SequenceEqual("+PONG\r\n"u8);
    }
}
