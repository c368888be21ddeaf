using Npgsql;
using Orleans.Runtime;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A cluster of two nodes upon a database of its own. Each of them may be killed, and come back where it was.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    private readonly SiloProcess[] nodes;

    private TwoNodes(string database, string[] settings)
    {
        nodes = [SiloProcess.Launch(database, settings), SiloProcess.Launch(database, settings)];
        Source = NpgsqlDataSource.Create(database);
    }

    /// <summary>Their database.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Where clients reach them.</summary>
    public string[] Gateways => [.. nodes.Select(node => node.Gateway)];

    /// <summary>Starts both, and waits until they are ready.</summary>
    /// <param name="settings">Further settings, as on the command line.</param>
    public static async Task<TwoNodes> StartAsync(params string[] settings)
    {
        var started = new TwoNodes(await (await PostgresServer.Shared).CreateDatabaseAsync(), settings);
        try
        {
            await Task.WhenAll(started.nodes.Select(node => node.WaitUntilReadyAsync()));
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that knows both, and keeps to their ports whoever is killed, like one of restarted containers.</summary>
    public Task<GatewayClient> ConnectAsync() => GatewayClient.ConnectAsync(Gateways);

    /// <summary>Which of them has the address; -1 if neither.</summary>
    public int IndexOf(SiloAddress? address) => Array.FindIndex(nodes, node => node.SiloPort == address?.Endpoint.Port);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync(int node) => nodes[node].KillAsync();

    /// <summary>Starts a node where the killed one was, and waits until it is ready.</summary>
    public async Task ReviveAsync(int node)
    {
        var killed = nodes[node];
        nodes[node] = await killed.RestartAsync();
        await killed.DisposeAsync();
    }

    /// <summary>Kills one, and lets it come back.</summary>
    public async Task KillAndReviveAsync(int node)
    {
        await KillAsync(node);
        await ReviveAsync(node);
    }

    /// <summary>Stops one by SIGTERM, as for an upgrade, and lets it come back.</summary>
    public async Task StopAndReviveAsync(int node)
    {
        Assert.Equal(0, await nodes[node].StopAsync());
        await ReviveAsync(node);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        await Source.DisposeAsync();
    }
}
