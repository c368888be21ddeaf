using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>What runs while all nodes of a cluster are stopped and started again, one after the other.</summary>
public sealed class RollingRestartTests
{
    private const int Sessions = 20;

    [PostgresFact]
    public async Task NodesRestarted_OneAfterTheOther_NothingIsCancelled_AndNothingIsChargedThatDidNotRun()
    {
        await using var nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.ConnectAsync();
        var sessions = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => ActivateAsync(client.Sessions)));
        var running = new HeldExecutions(FunctionName.Parse("work"));
        foreach (var session in sessions)
        {
            running.Begin(session, isStrict: false);
            running.Begin(session, isStrict: true);
        }

        await running.WaitUntilAllRunAsync();

        await nodes.StopAndReviveAsync(0);
        await nodes.StopAndReviveAsync(1);

        await running.EndAsync();
        foreach (var session in sessions)
        {
            var usage = (await session.CloseAsync()).Usage;
            Assert.Equal(
                (2L, 2L, 0L, 0L, 0L), (usage.Executions, usage.Succeeded, usage.Cancelled, usage.Abandoned, usage.Forfeited));
        }
    }

    private static async Task<SessionHandle> ActivateAsync(SessionsClient client)
    {
        var session = await client.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/rolling"),
            Creator = Principal.Parse("alice"),
            Overrides = new() { Quotas = new() { Executions = 300, Concurrent = 4 } },
        });
        await session.ActivateAsync();
        return session;
    }
}
