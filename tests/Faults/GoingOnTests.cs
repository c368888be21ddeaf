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
        var running = new HeldExecutions(Function);
        for (var i = 0; i < Each; i++)
        {
            running.Begin(leased, isStrict: false);
            running.Begin(strict, isStrict: true);
        }

        await running.WaitUntilAllRunAsync();

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

            // The other node answers Unavailable until all who run have been heard of, and never admits one more than the limit.
            var refused = await Eventually.Get(
                async () =>
                {
                    running.ThrowIfOneHasEnded();
                    return await session.AuthorizeAsync(Function);
                },
                static decision => decision.IsAdmitted || decision.Refusal?.Dimension == "concurrent",
                "what runs has reached the limit");
            Assert.False(refused.IsAdmitted);
        }

        await running.EndAsync();
        foreach (var session in new[] { leased, strict })
        {
            await Eventually.TrueAsync(async () => (await session.AuthorizeAsync(Function)).IsAdmitted, "a place is free");
            await session.ExecuteAsync(Function, _ => ValueTask.CompletedTask);
            var usage = (await session.CloseAsync()).Usage;
            Assert.Equal((Each + 1L, Each + 1L, 0L, 0L), (usage.Executions, usage.Succeeded, usage.Cancelled, usage.Abandoned));
        }
    }
}
