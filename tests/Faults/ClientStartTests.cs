using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A program with a client starts while the cluster is not as it should be.</summary>
public sealed class ClientStartTests
{
    [Fact]
    public async Task GatewayIsTheSiloPort_Start_FailsWhenConnectTimeoutIsOver_AndSaysWhatToSet()
    {
        await using var node = await SiloProcess.StartAsync(null);
        using var host = Build(options =>
        {
            options.Gateways.Add($"127.0.0.1:{node.SiloPort}");
            options.ConnectTimeout = TimeSpan.FromSeconds(3);
        });

        var refusal = await Assert.ThrowsAsync<UnavailableException>(() => host.StartAsync().WaitAsync(TimeSpan.FromMinutes(1)));

        Assert.Contains($"127.0.0.1:{node.SiloPort}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Silo:GatewayPort", refusal.Message, StringComparison.Ordinal);
        await host.StopAsync().WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task GatewayIsAMappedPort_Start_FailsWhenConnectTimeoutIsOver_AndSaysWhatToSet()
    {
        await using var node = await SiloProcess.StartAsync(null);
        using var forwarding = new CancellationTokenSource();
        using var mapped = new TcpListener(IPAddress.Loopback, 0);
        mapped.Start();
        var carrying = ForwardAsync(mapped, node.GatewayPort, forwarding.Token);
        using var host = Build(options =>
        {
            options.Gateways.Add(mapped.LocalEndpoint.ToString()!);
            options.ConnectTimeout = TimeSpan.FromSeconds(3);
        });

        var refusal = await Assert.ThrowsAsync<UnavailableException>(() => host.StartAsync().WaitAsync(TimeSpan.FromMinutes(1)));

        Assert.Contains("map it to the same number", refusal.Message, StringComparison.Ordinal);
        await host.StopAsync().WaitAsync(TimeSpan.FromMinutes(1));
        await forwarding.CancelAsync();
        await carrying;
    }

    [Fact]
    public async Task StartDoesNotWait_NoNode_HostStarts_CallsFail_HealthTells_AndAllIsWellWhenTheNodeIsThere()
    {
        await using var first = await SiloProcess.StartAsync(null);
        await first.KillAsync();
        using var host = Build(options =>
        {
            options.Gateways.Add(first.Gateway);
            options.ConnectOnStart = false;
            (options.ResponseTimeout, options.RetryBudget) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        });
        await host.StartAsync();
        var client = host.Services.GetRequiredService<SessionsClient>();

        var refusal = await Assert.ThrowsAsync<UnavailableException>(() => client.ListTemplatesAsync());
        Assert.Contains("not connected", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(host));

        await using var node = await first.RestartAsync();
        await client.ConnectAsync();
        Assert.Empty(await client.ListTemplatesAsync());
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(host));

        await node.KillAsync();
        await Eventually.TrueAsync(async () => await HealthAsync(host) == HealthStatus.Unhealthy, "the health check says that no node answers");
    }

    [PostgresFact]
    public async Task OneOfTwoGatewaysStandsStill_NewClients_ConnectThroughTheOther_WhileItDoes()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await using var first = SiloProcess.Launch(database);
        await using var second = SiloProcess.Launch(database);
        await Task.WhenAll(first.WaitUntilReadyAsync(), second.WaitUntilReadyAsync());
        first.Suspend();

        for (var i = 0; i < 3; i++)
        {
            await using var client = await GatewayClient.ConnectAsync(first.Gateway, second.Gateway);
            Assert.Empty(await client.Sessions.ListTemplatesAsync());
        }

        first.Continue();
    }

    private static IHost Build(Action<SessionsClientOptions> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSessionsClient(configure);
        builder.Services.AddHealthChecks().AddSessionsClient();
        return builder.Build();
    }

    private static async Task<HealthStatus> HealthAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    private static async Task ForwardAsync(TcpListener from, int to, CancellationToken stopping)
    {
        var carrying = new List<Task>();
        try
        {
            while (true)
            {
                carrying.Add(CarryAsync(await from.AcceptTcpClientAsync(stopping)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(carrying);
        }

        async Task CarryAsync(TcpClient near)
        {
            using var closing = near;
            using var far = new TcpClient();
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, to, stopping);
                await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream(), stopping), far.GetStream().CopyToAsync(near.GetStream(), stopping));
            }
            catch (Exception fault) when (fault is OperationCanceledException or IOException or SocketException)
            {
            }
        }
    }
}
