using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>P3 with real processes: whatever is killed, never a unit too many, and none is lost.</summary>
public sealed class RaceTests
{
    private const int Units = 1000;

    [PostgresFact]
    public async Task SixtyFourHolders_RacingForAThousandUnits_HalfOfThemKilled_AllAreUsedAndNeverOneMore()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var first = await SiloProcess.StartAsync(database);
        await using var second = await SiloProcess.StartAsync(database);
        await using var client = await GatewayClient.ConnectAsync(first.Gateway, second.Gateway);
        var session = await client.Sessions.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/race"),
            Creator = Principal.Parse("alice"),
            Overrides = new() { Quotas = new() { Executions = Units } },
        });
        await session.ActivateAsync();
        var processes = Enumerable.Range(0, 4)
            .Select(i => HoldersProcess.Launch([i % 2 == 0 ? first.Gateway : second.Gateway], session.Id, 16, TimeSpan.FromMilliseconds(20)))
            .ToArray();
        try
        {
            await Task.WhenAll(processes.Select(process => process.WaitUntilReadyAsync()));
            Array.ForEach(processes, process => process.Go());
            await Eventually.Passes(() => processes.Sum(process => process.Admitted), Units / 5, "a fifth is admitted");
            await Task.WhenAll(processes[0].KillAsync(), processes[1].KillAsync());
            await Task.WhenAll(processes[2].Done, processes[3].Done).WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            foreach (var process in processes)
            {
                await process.DisposeAsync();
            }
        }

        var admitted = processes.Sum(process => process.Admitted);
        var usage = (await session.CloseAsync()).Usage;
        Assert.InRange(admitted, 1, Units);

        // What was admitted where it can be seen was returned; the rest was in the hands of those that were killed, and is charged.
        Assert.Equal(Units, usage.ChargedExecutions);
        Assert.Equal(usage.Executions, usage.Succeeded + usage.Abandoned);
        Assert.InRange(usage.Succeeded, processes[2].Admitted + processes[3].Admitted, admitted);
    }

    [PostgresFact]
    public async Task ConcurrencyAndRate_NodesKilledUnderIt_AreKeptThroughout()
    {
        const int Concurrent = 5;
        const int PerSecond = 40;
        await using var nodes = await TwoNodes.StartAsync();
        HoldersProcess? process = null;
        try
        {
            await using var client = await nodes.ConnectAsync();
            var session = await client.Sessions.CreateAsync(new()
            {
                Namespace = SessionNamespace.Parse("acme/race"),
                Creator = Principal.Parse("alice"),
                Overrides = new() { Quotas = new() { Executions = 100_000, Concurrent = Concurrent, PerSecond = PerSecond } },
            });
            await session.ActivateAsync();
            process = HoldersProcess.Launch(nodes.Gateways, session.Id, 8, TimeSpan.FromMilliseconds(30));
            await process.WaitUntilReadyAsync();
            process.Go();
            for (var kill = 0; kill < 2; kill++)
            {
                var before = process.Admitted;
                await Eventually.Passes(() => process.Admitted, before + 50, "fifty more are admitted");
                await nodes.KillAndReviveAsync(kill);
            }

            var last = process.Admitted;
            await Eventually.Passes(() => process.Admitted, last + 50, "fifty more are admitted after the last kill");
            await session.CloseAsync();
        }
        finally
        {
            if (process is not null)
            {
                await process.DisposeAsync();
            }
        }

        Assert.InRange(ExecutionHistory.MostAtOnce(process.Log), 1, Concurrent);
        Assert.InRange(ExecutionHistory.MostInOneSecond(process.Log), 1, PerSecond);
    }
}
