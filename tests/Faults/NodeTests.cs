using System.Net;
using System.Net.Sockets;
using Sessions.TestKit;

namespace Sessions.Faults;

public sealed class NodeTests
{
    [Fact]
    public async Task NoConfiguration_Node_RunsInMemoryAndSaysSo()
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);

        var handle = await client.Sessions.CreateAsync(new() { Namespace = SessionNamespace.Parse("acme"), Creator = Principal.Parse("alice") });

        Assert.Equal(SessionStatus.Created, handle.LastSeen!.Status);
        Assert.Contains("NOTHING OUTLIVES THIS PROCESS", node.Output, StringComparison.Ordinal);
        Assert.Equal(0, await node.StopAsync());
    }

    [Fact]
    public async Task ClientConnects_WhileTheNodeStarts_WaitsAndWorks()
    {
        await using var node = SiloProcess.Launch(connectionString: null);

        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        var counts = await client.Sessions.CountByStatusAsync();

        Assert.Empty(counts);
    }

    [PostgresFact]
    public async Task TransactionStaysOpenInTheServer_Node_SaysThatEventsAreHeldBack_UntilItEnds()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var node = await SiloProcess.StartAsync(await server.CreateDatabaseAsync());
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        await using (await server.OpenTransactionAsync())
        {
            await client.Sessions.CreateAsync(new() { Namespace = SessionNamespace.Parse("acme"), Creator = Principal.Parse("alice") });
            await Eventually.TrueAsync(
                async () => (await node.ReadHealthAsync()).Contains("Events are held back for", StringComparison.Ordinal), "the node says so");
        }

        await Eventually.TrueAsync(
            async () => (await node.ReadHealthAsync()).Contains("Every event that is committed can be read", StringComparison.Ordinal), "it is over");
    }

    [Fact]
    public async Task MisspeltSetting_Node_DoesNotStartAndSaysWhich()
    {
        await using var node = SiloProcess.Launch(connectionString: null, "Silo:GatewayPrt=1");

        Assert.Equal(2, await node.ExitCodeAsync());
        Assert.Contains("GatewayPrt", node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeByItself_ListensOnAnyAddress_AcceptsConnectionsAtEach()
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null, "Silo:ListenOnAnyAddress=true");
        using var connection = new TcpClient();

        await connection.ConnectAsync(IPAddress.Parse("127.0.0.2"), IPEndPoint.Parse(node.Gateway).Port);

        Assert.True(connection.Connected);
    }

    [PostgresFact]
    public async Task DatabaseGoes_Readiness_FallsAndComesBackWhileTheNodeLives()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await using var node = await SiloProcess.StartAsync(database);

        await server.StopAsync();
        await Eventually.TrueAsync(
            async () => await node.HealthAsync("ready") == HttpStatusCode.ServiceUnavailable, "readiness falls");
        Assert.Equal(HttpStatusCode.OK, await node.HealthAsync("live"));

        await server.RestartAsync();
        await Eventually.TrueAsync(async () => await node.HealthAsync("ready") == HttpStatusCode.OK, "readiness is back");
    }
}
