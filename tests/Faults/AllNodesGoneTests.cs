using System.Diagnostics;
using System.Globalization;
using Sessions.TestKit;
using Xunit.Abstractions;

namespace Sessions.Faults;

/// <summary>Every node of a cluster is killed at once.</summary>
public sealed class AllNodesGoneTests(ITestOutputHelper output)
{
    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AllNodesAreKilled_StartedOnceEach_ClusterIsBackWithItsSessions(bool atOldAddresses)
    {
        var server = await PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync();
        await using var first = SiloProcess.Launch(database);
        await using var second = SiloProcess.Launch(database);
        await Task.WhenAll(first.WaitUntilReadyAsync(), second.WaitUntilReadyAsync());
        await using var client = await GatewayClient.ConnectAsync(first.Gateway, second.Gateway);
        var session = await client.ActivateAtAsync(second, new());
        await Task.WhenAll(first.KillAsync(), second.KillAsync());

        var clock = Stopwatch.StartNew();
        await using var third = atOldAddresses ? first.Relaunch(null) : SiloProcess.Launch(database);
        await using var fourth = atOldAddresses ? second.Relaunch(null) : SiloProcess.Launch(database);
        await Task.WhenAll(third.WaitUntilReadyAsync(), fourth.WaitUntilReadyAsync());

        await using var again = await GatewayClient.ConnectAsync(third.Gateway, fourth.Gateway);
        Assert.Equal(SessionStatus.Paused, (await again.Sessions.Get(session.Id).PauseAsync()).Status);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"back after {clock.Elapsed.TotalSeconds:0.0} s"));
    }
}
