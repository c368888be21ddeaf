using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.Grains.Session;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>What is known of executions when the node that kept their accounts is killed.</summary>
public sealed class KilledExecutionTests
{
    private const int Quota = 5_000;
    private static readonly string[] ShortLeases = ["Sessions:LeaseDuration=00:00:01", "Sessions:GrantRight=00:00:01"];
    private static readonly FunctionName Function = FunctionName.Parse("count");

    [PostgresFact]
    public async Task NodeKilled_WhileAClientExecutesUnderItsLease_UsageAndLogElsewhereAccountForAllThatRan()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var killed = SiloProcess.Launch(database, ShortLeases);
        await using var survivor = SiloProcess.Launch(database, ShortLeases);
        await Task.WhenAll(killed.WaitUntilReadyAsync(), survivor.WaitUntilReadyAsync());
        await using var client = await GatewayClient.ConnectAsync(survivor.Gateway);
        var session = await client.ActivateAtAsync(
            killed, new() { ExecutionLogging = true, Quotas = new() { Executions = Quota } });
        var begun = 0;
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => RunAsync(session, () => Interlocked.Increment(ref begun), stop.Token))).ToArray();

        // Whatever the log answers has been committed.
        var logged = await Eventually.Get(
            async () => await session.GetExecutionsAsync().ToListAsync(), log => log.Count > 20, "some executions are logged");
        await killed.KillAsync();
        await Eventually.TrueAsync(
            async () => await session.GetExecutionsAsync(afterSequence: logged.Count).AnyAsync(), "executions are logged on the other node");
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        var paused = (await session.PauseAsync()).Usage;
        Assert.InRange(paused.Executions, begun, Quota);
        var log = await session.GetExecutionsAsync().ToListAsync();
        Assert.Equal(logged, log.Take(logged.Count));
        Assert.Equal(Enumerable.Range(1, log.Count).Select(i => (long)i), log.Select(entry => entry.Sequence));

        // Nothing runs any more, and what nobody can report upon any more is abandoned.
        Assert.Equal(paused.Executions, paused.Succeeded + paused.Failed + paused.Cancelled + paused.Abandoned);
        var closed = (await session.CloseAsync()).Usage;
        Assert.Equal((paused.Executions, paused.Succeeded, paused.Abandoned), (closed.Executions, closed.Succeeded, closed.Abandoned));
        Assert.InRange(closed.Succeeded, log.Count(entry => entry.Outcome == ExecutionOutcome.Succeeded), begun);
    }

    private static async Task RunAsync(SessionHandle session, Action begin, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await session.ExecuteAsync(
                    Function,
                    async context =>
                    {
                        begin();
                        await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, context.CancellationToken);
                    },
                    cancellationToken: CancellationToken.None);
            }
            catch (SessionException)
            {
                // Its lease was lost, or nobody answered: the session decides what comes next.
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            }
        }
    }
}
