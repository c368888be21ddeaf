using Microsoft.Extensions.DependencyInjection;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>
/// That sessions reach clients, shown without a stop-watch: in this cluster the sessions' clock stands still, so that no lease ever
/// runs out for them, and a fence is complete only when every holder has answered.
/// </summary>
[Collection(ClusterGroup.Name)]
public sealed class RecallTests(ClusterFixture cluster)
{
    private static readonly FunctionName Score = FunctionName.Parse("score");

    [Fact]
    public async Task Pause_ClientsInBothSilosAndOutsideHoldLeases_AllOfThemAnswer()
    {
        await using var provider = Clients.Over(cluster.Grains);
        var outside = provider.GetRequiredService<SessionsClient>();
        SessionsClient[] clients = [outside, .. cluster.Cluster.Silos.Select(silo =>
            cluster.Cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<SessionsClient>())];
        var session = await outside.CreateAsync(Clients.Creation(new() { Quotas = new() { Executions = 1000 } }));
        await session.ActivateAsync();
        var handles = clients.Select(client => client.Get(session.Id)).ToArray();
        foreach (var handle in handles)
        {
            await handle.ExecuteAsync(Score, _ => default);
            Assert.True(handle.TryAdmit(Score, out var execution));
            execution.Settle();
        }

        var paused = await session.PauseAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.All(handles, handle => Assert.False(handle.TryAdmit(Score, out _)));
        Assert.Equal((6, 6), (paused.Usage.Executions, paused.Usage.Succeeded));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LastUnits_IdleWithOneClient_ReachTheOther(bool outsideHoards)
    {
        await using var provider = Clients.Over(cluster.Grains, cluster.Clock);
        var outside = provider.GetRequiredService<SessionsClient>();
        var inside = cluster.Cluster.GetSiloServiceProvider().GetRequiredService<SessionsClient>();
        var session = await outside.CreateAsync(Clients.Creation(new() { Quotas = new() { Executions = 40 } }));
        await session.ActivateAsync();
        await (outsideHoards ? outside : inside).Get(session.Id).ExecuteAsync(Score, _ => default);
        var starving = (outsideHoards ? inside : outside).Get(session.Id);

        var executed = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                // Both clients live by the sessions' clock, and a lease lies idle only where time passes.
                cluster.Clock.Advance(TimeSpan.FromMilliseconds(50));
                try
                {
                    await starving.ExecuteAsync(Score, _ => default);
                    executed++;
                }
                catch (QuotaExceededException)
                {
                    // Half of what its holder used just now stays there; what then lies idle does not.
                }

                return executed == 39;
            },
            "every unit is reached");

        await Assert.ThrowsAsync<QuotaExceededException>(async () => await starving.ExecuteAsync(Score, _ => default));
        Assert.Equal(40, (await session.CloseAsync()).Usage.Succeeded);
    }
}
