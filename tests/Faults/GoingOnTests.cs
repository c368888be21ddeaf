using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>What runs when the node of its session stops or is killed: nothing of it is cancelled, and all of it is counted once.</summary>
public sealed class GoingOnTests
{
    private const int Each = 5;

    // Long enough to find the other node also where a busy machine takes its time to declare the killed one dead.
    private static readonly string[] Settings = ["Sessions:RunGrace=00:01:00"];

    // So few that they are debited one by one: what was debited and never handed out would hold places until the grace is over.
    private const int Executions = 2 * Each;
    private static readonly FunctionName Function = FunctionName.Parse("work");

    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NodeOfTheSessions_StopsOrIsKilled_WhatRunsGoesOn_AndUsageSaysWhatRan(bool isKilled)
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var leaving = SiloProcess.Launch(database, Settings);
        await using var staying = SiloProcess.Launch(database, Settings);
        await Task.WhenAll(leaving.WaitUntilReadyAsync(), staying.WaitUntilReadyAsync());
        await using var client = await GatewayClient.ConnectAsync(staying.Gateway);
        var leased = await client.ActivateAtAsync(leaving, new() { Quotas = new() { Executions = Executions, Concurrent = Each } });
        var strict = await client.ActivateAtAsync(leaving, new() { Quotas = new() { Executions = Executions, Concurrent = Each } });
        var (begun, done) = (0, new TaskCompletionSource());
        var running = Enumerable.Range(0, Each)
            .SelectMany(_ => new[] { RunAsync(leased, isStrict: false), RunAsync(strict, isStrict: true) })
            .ToArray();
        await Eventually.Passes(
            () =>
            {
                FailIfOneHasEnded();
                return Volatile.Read(ref begun);
            },
            (2 * Each) - 1,
            "all of them run");

        if (isKilled)
        {
            await leaving.KillAsync();
        }
        else
        {
            await leaving.StopAsync();
        }

        // It is active on the other node, and has heard of those who run: there is no place for one more, and one that ends makes room.
        foreach (var session in new[] { leased, strict })
        {
            await Eventually.TrueAsync(
                async () => await session.GetAsync() is { Status: SessionStatus.Active, Usage.Executions: Each },
                "the other node knows what runs");

            // Unavailable until all who run have been heard of.
            await Eventually.Get(
                async () =>
                {
                    FailIfOneHasEnded();
                    return await session.AuthorizeAsync(Function);
                },
                static decision => !decision.IsAdmitted && decision.Refusal?.Dimension == "concurrent",
                "what runs has reached the limit");
        }

        done.SetResult();
        await Task.WhenAll(running);
        foreach (var session in new[] { leased, strict })
        {
            await Eventually.TrueAsync(async () => (await session.AuthorizeAsync(Function)).IsAdmitted, "a place is free");
            await session.ExecuteAsync(Function, _ => ValueTask.CompletedTask);
            var usage = (await session.CloseAsync()).Usage;
            Assert.Equal((Each + 1L, Each + 1L, 0L, 0L), (usage.Executions, usage.Succeeded, usage.Cancelled, usage.Abandoned));
        }

        void FailIfOneHasEnded()
        {
            if (running.FirstOrDefault(static one => one.IsCompleted) is { } ended)
            {
                throw (Exception?)ended.Exception ?? new InvalidOperationException("It has ended by itself.");
            }
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
}
