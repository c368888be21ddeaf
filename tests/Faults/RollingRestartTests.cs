using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>What runs while all nodes of a cluster are stopped and started again, one after the other.</summary>
public sealed class RollingRestartTests
{
    private const int Sessions = 20;
    private static readonly FunctionName Function = FunctionName.Parse("work");

    [PostgresFact]
    public async Task NodesRestarted_OneAfterTheOther_NothingIsCancelled_AndNothingIsChargedThatDidNotRun()
    {
        await using var nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.ConnectAsync();
        var sessions = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => ActivateAsync(client.Sessions)));
        var (begun, done) = (0, new TaskCompletionSource());
        var running = sessions.SelectMany(session => new[] { RunAsync(session, isStrict: false), RunAsync(session, isStrict: true) }).ToArray();
        await Eventually.Passes(() => Volatile.Read(ref begun), (2 * Sessions) - 1, "all of them run");

        await nodes.StopAndReviveAsync(0);
        await nodes.StopAndReviveAsync(1);

        Assert.DoesNotContain(running, static one => one.IsCompleted);
        done.SetResult();
        await Task.WhenAll(running);
        foreach (var session in sessions)
        {
            var usage = (await session.CloseAsync()).Usage;
            Assert.Equal(
                (2L, 2L, 0L, 0L, 0L), (usage.Executions, usage.Succeeded, usage.Cancelled, usage.Abandoned, usage.Forfeited));
        }

        async Task RunAsync(SessionHandle session, bool isStrict) => await session.ExecuteAsync(
            Function,
            async context =>
            {
                Interlocked.Increment(ref begun);
                await done.Task.WaitAsync(context.CancellationToken);
            },
            new() { Strict = isStrict });
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
