using System.Collections.Concurrent;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>What clients did while the node of their session was suspended, and what the session says of it.</summary>
/// <param name="Log">When executions began and ended.</param>
/// <param name="Paused">When the pause, which another node answered, had returned.</param>
/// <param name="Resuming">When the resumption was asked for, with nothing left that could come out of the suspended node.</param>
/// <param name="Usage">What was used in the end.</param>
internal sealed record SuspendedNode(IReadOnlyCollection<(bool Begins, long At)> Log, long Paused, long Resuming, SessionUsage Usage)
{
    private static readonly bool[] Modes = [false, true];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly FunctionName Function = FunctionName.Parse("race");

    /// <summary>
    /// Suspends the node that a session is on while it has leases out, pauses the session through the other, lets the suspended node
    /// go on until it ends because it was declared dead, and at last resumes.
    /// </summary>
    public static async Task<SuspendedNode> RunAsync(SiloProcess stale, SiloProcess other, SessionQuotas quotas)
    {
        await Task.WhenAll(stale.WaitUntilReadyAsync(), other.WaitUntilReadyAsync());
        await using var atStale = await GatewayClient.ConnectAsync(TimeSpan.FromSeconds(5), stale.Gateway);
        await using var atOther = await GatewayClient.ConnectAsync(other.Gateway);
        var session = await atStale.ActivateAtAsync(stale, new() { Quotas = quotas });

        using var stop = new CancellationTokenSource();
        var log = new ConcurrentQueue<(bool Begins, long At)>();

        // On both sides, leased and strict: those whose gateway is the suspended node have questions on their way into it.
        var callers = new[] { atStale, atOther }
            .SelectMany(client => Modes, (client, strict) => new Caller(client.Sessions.Get(session.Id), strict, log)).ToArray();
        var running = Array.ConvertAll(callers, caller => Task.Run(() => caller.RunAsync(stop.Token)));

        // By then each client's lease is as large as it uses it: a first block would not last until the pause.
        await Eventually.Passes(() => log.Count, 400, "two hundred executions have ended");

        stale.Suspend();
        var taken = atOther.Sessions.Get(session.Id);
        await taken.PauseAsync();
        var paused = TimeProvider.System.GetTimestamp();
        stale.Continue();

        // What waited in the suspended node has come out of it when it has ended. After that those who can still be answered have
        // asked, and been answered.
        await stale.ExitCodeAsync().WaitAsync(Patience);
        var ended = TimeProvider.System.GetTimestamp();
        await Eventually.Holds(() => callers[Modes.Length..].All(caller => caller.Answered > ended), "the callers at the other node have been answered");
        Assert.Equal(SessionStatus.Paused, (await taken.GetAsync()).Status);
        var resuming = TimeProvider.System.GetTimestamp();
        await taken.ResumeAsync();
        var atResume = log.Count;
        await Eventually.Passes(() => log.Count, atResume + 20, "executions go on after the resumption", () => string.Join("; ", callers.Select(caller => caller.Fault)));
        await stop.CancelAsync();
        await Task.WhenAll(running);
        return new SuspendedNode(log, paused, resuming, (await taken.CloseAsync()).Usage);
    }

    /// <summary>Executes again and again.</summary>
    private sealed class Caller(SessionHandle session, bool strict, ConcurrentQueue<(bool Begins, long At)> log)
    {
        private long answered;

        /// <summary>What the last call that failed was told.</summary>
        public string? Fault { get; private set; }

        /// <summary>When the last call began that has been answered.</summary>
        public long Answered => Volatile.Read(ref answered);

        public async Task RunAsync(CancellationToken stopping)
        {
            while (!stopping.IsCancellationRequested)
            {
                var called = TimeProvider.System.GetTimestamp();
                try
                {
                    await session.ExecuteAsync(Function, ExecuteAsync, new() { Strict = strict }, stopping);
                }
                catch (Exception fault) when (fault is SessionException or OperationCanceledException)
                {
                    Fault = fault.Message;
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
                }

                Volatile.Write(ref answered, called);
            }
        }

        private async ValueTask ExecuteAsync(SessionContext context)
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
        }
    }
}
