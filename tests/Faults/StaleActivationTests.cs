using System.Collections.Concurrent;
using Orleans;
using Orleans.Runtime;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>P4 against a node that is suspended while it has leases out, declared dead, and goes on.</summary>
public sealed class StaleActivationTests
{
    private const int Concurrent = 6;
    private const int Executions = 400;
    private static readonly bool[] Modes = [false, true];
    private static readonly FunctionName Function = FunctionName.Parse("race");

    [PostgresFact]
    public async Task NodeSuspendedWithLeasesOut_SessionPausedAndResumedElsewhere_NodeGoesOn_NothingIsAdmittedUnderOldTerms()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var first = await SiloProcess.StartAsync(database);
        await using var second = await SiloProcess.StartAsync(database);
        await using var atFirst = await GatewayClient.ConnectAsync(first.Gateway);
        await using var atSecond = await GatewayClient.ConnectAsync(second.Gateway);
        var session = await atFirst.Sessions.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/stale"),
            Creator = Principal.Parse("alice"),
            Overrides = new() { Quotas = new() { Executions = Executions, Concurrent = Concurrent } },
        });
        await session.ActivateAsync();
        var host = await atFirst.FindSiloAsync(session.Id);
        var (stale, other) = host.Endpoint.Port == first.SiloPort ? (first, atSecond) : (second, atFirst);

        using var stop = new CancellationTokenSource();
        var log = new ConcurrentQueue<(bool Begins, long At)>();

        // On both sides, leased and strict: those whose gateway is the suspended node have questions on their way into it.
        var callers = new[] { atFirst, atSecond }
            .SelectMany(client => Modes, (client, strict) => Task.Run(() => RunAsync(client.Sessions.Get(session.Id), strict, log, stop.Token)))
            .ToArray();
        await Eventually.Holds(() => log.Count > 100, "fifty executions have ended");

        stale.Suspend();
        var taken = other.Sessions.Get(session.Id);
        await taken.PauseAsync();
        var paused = TimeProvider.System.GetTimestamp();
        stale.Continue();

        // Long enough for everything that waited in the suspended node to come out of it.
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        Assert.Equal(SessionStatus.Paused, (await taken.GetAsync()).Status);
        var resuming = TimeProvider.System.GetTimestamp();
        await taken.ResumeAsync();
        var atResume = log.Count;
        await Eventually.Holds(() => log.Count > atResume + 20, "executions go on after the resumption");
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        Assert.DoesNotContain(log, entry => entry.Begins && entry.At > paused && entry.At < resuming);
        Assert.InRange(ExecutionHistory.MostAtOnce(log), 1, Concurrent);
        var usage = (await taken.CloseAsync()).Usage;
        Assert.InRange(log.Count(entry => entry.Begins), 1, (int)usage.Executions);
        Assert.InRange(usage.Executions, 1, Executions);
    }

    private static async Task RunAsync(
        SessionHandle session, bool strict, ConcurrentQueue<(bool Begins, long At)> log, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await session.ExecuteAsync(
                    Function,
                    async context =>
                    {
                        log.Enqueue((true, TimeProvider.System.GetTimestamp()));
                        try
                        {
                            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, context.CancellationToken);
                        }
                        finally
                        {
                            log.Enqueue((false, TimeProvider.System.GetTimestamp()));
                        }
                    },
                    new() { Strict = strict },
                    stopping);
            }
            catch (Exception fault) when (fault is SessionException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
            }
        }
    }
}
