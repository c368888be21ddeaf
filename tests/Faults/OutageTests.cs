using System.Globalization;
using Sessions.Client;
using Sessions.TestKit;
using Xunit.Abstractions;

namespace Sessions.Faults;

/// <summary>
/// A client of two gateways loses one of them, or the nodes lose their database. Its calls are answered, and none of them fails. With
/// <c>SESSIONS_OUTAGES</c> each fault happens so often, and how long calls took stands in the output.
/// </summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    private const int Sessions = 20;

    // As by default: how long the nodes take to declare one dead is part of how long its sessions do not answer.
    private const string Detection = "Silo:MissedProbes=3";

    private static readonly int Times = int.TryParse(Environment.GetEnvironmentVariable("SESSIONS_OUTAGES"), CultureInfo.InvariantCulture, out var times) ? times : 1;

    [PostgresFact]
    public async Task NodeStandsStill_CallsGoOnThroughTheOtherGateway_AndNoneFails()
    {
        await using var nodes = await TwoGateways.StartAsync(Detection);
        await using var outage = await nodes.CallAsync(Sessions);
        for (var i = 0; i < Times; i++)
        {
            nodes.First.Suspend();
            Report("stands still", await outage.AnsweredAsync());
            nodes.First.Continue();
            await nodes.RestartFirstAsync();
            await outage.AnsweredAsync();
        }

        Assert.Empty(await outage.EndAsync());
    }

    [PostgresFact]
    public async Task NodeIsKilled_CallsGoOnThroughTheOtherGateway_AndNoneFails()
    {
        await using var nodes = await TwoGateways.StartAsync(Detection);
        await using var outage = await nodes.CallAsync(Sessions);
        for (var i = 0; i < Times; i++)
        {
            await nodes.First.KillAsync();
            Report("killed", await outage.AnsweredAsync());
            await nodes.RestartFirstAsync();
            await outage.AnsweredAsync();
        }

        Assert.Empty(await outage.EndAsync());
    }

    [PostgresFact]
    public async Task NodeIsStopped_CallsGoOnThroughTheOtherGateway_AndNoneFails()
    {
        await using var nodes = await TwoGateways.StartAsync(Detection);
        await using var outage = await nodes.CallAsync(Sessions);
        for (var i = 0; i < Times; i++)
        {
            var from = TimeProvider.System.GetTimestamp();
            Assert.Equal(0, await nodes.First.StopAsync());
            Report("stopped", await outage.AnsweredAsync(from));
            await nodes.RestartFirstAsync();
            await outage.AnsweredAsync();
        }

        Assert.Empty(await outage.EndAsync());
    }

    [PostgresFact]
    public async Task DatabaseIsRestarted_CallsGoOn_AndNoneFails()
    {
        await using var nodes = await TwoGateways.StartAsync(Detection);
        await using var outage = await nodes.CallAsync(Sessions);
        for (var i = 0; i < Times; i++)
        {
            var from = TimeProvider.System.GetTimestamp();
            await nodes.RestartDatabaseAsync();
            Report("database restarted", await outage.AnsweredAsync(from));
        }

        Assert.Empty(await outage.EndAsync());
    }

    /// <summary>The node is well and reaches everybody but this client. The sessions on it are to answer through the other one.</summary>
    [FirewallFact]
    public async Task LinkToAGatewayIsCut_CallsGoOnThroughTheOtherGateway_AndNoneFails()
    {
        await using var nodes = await TwoGateways.StartAsync(Detection);
        await using var outage = await nodes.CallAsync(Sessions);
        for (var i = 0; i < Times; i++)
        {
            await using (await Firewall.CutAsync(nodes.First.GatewayPort))
            {
                Report("link cut", await outage.AnsweredAsync());
            }

            await outage.AnsweredAsync();
        }

        Assert.Empty(await outage.EndAsync());
    }

    private void Report(string fault, IReadOnlyList<TimeSpan> longest) => output.WriteLine(
        $"{fault}: longest call of each session on the lost node, in seconds: {InOrder(longest.Take(Sessions / 2))}; on the other: {InOrder(longest.Skip(Sessions / 2))}");

    private static string InOrder(IEnumerable<TimeSpan> times) =>
        string.Join(" ", times.Order().Select(time => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)));

    /// <summary>Two nodes, and a client that is told the gateways of both.</summary>
    private sealed class TwoGateways : IAsyncDisposable
    {
        private readonly PostgresServer server;
        private readonly SiloProcess second;
        private readonly GatewayClient client;

        private TwoGateways(PostgresServer server, SiloProcess first, SiloProcess second, GatewayClient client) =>
            (this.server, First, this.second, this.client) = (server, first, second, client);

        public SiloProcess First { get; private set; }

        public static async Task<TwoGateways> StartAsync(string setting)
        {
            // Of its own: a node that stands still may have a transaction open.
            var server = await PostgresServer.StartAsync();
            var database = await server.CreateDatabaseAsync();
            var (first, second) = (SiloProcess.Launch(database, setting), SiloProcess.Launch(database, setting));
            try
            {
                await Task.WhenAll(first.WaitUntilReadyAsync(), second.WaitUntilReadyAsync());
                return new(server, first, second, await GatewayClient.ConnectAsync(first.Gateway, second.Gateway));
            }
            catch
            {
                await first.DisposeAsync();
                await second.DisposeAsync();
                await server.DisposeAsync();
                throw;
            }
        }

        /// <summary>Half of the sessions are on the first node, and half on the second.</summary>
        public async Task<Outage> CallAsync(int sessions)
        {
            var opened = new List<SessionHandle>();
            for (var i = 0; i < sessions; i++)
            {
                opened.Add(await client.ActivateAtAsync(i < sessions / 2 ? First : second, new()));
            }

            return await Outage.BeginAsync(opened);
        }

        public async Task RestartDatabaseAsync()
        {
            await server.StopAsync();
            await server.RestartAsync();
        }

        /// <summary>The first node, killed if it runs, starts again where it was.</summary>
        public async Task RestartFirstAsync()
        {
            await First.DisposeAsync();
            First = await First.RestartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await First.DisposeAsync();
            await second.DisposeAsync();
            await server.DisposeAsync();
        }
    }
}
