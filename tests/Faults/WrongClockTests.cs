using System.Net;
using Npgsql;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Nodes whose clocks are wrong: they end no session of the others, and say what is wrong.</summary>
public sealed class WrongClockTests
{
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(2);

    [FakedTimeFact]
    public async Task ClockAheadAtTheStart_Node_DoesNotStart_AndNoSessionEnds()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var right = await SiloProcess.StartAsync(database);
        await using var client = await GatewayClient.ConnectAsync(right.Gateway);
        var session = await client.ActivateAtAsync(right, new() { MaxDuration = TimeSpan.FromMinutes(1) });
        using var time = new FakedTime(Ahead);

        await using var wrong = SiloProcess.Launch(database, time);

        Assert.Equal(3, await wrong.ExitCodeAsync());
        Assert.Contains("The node does not start: The clock of this node is 120", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("s ahead of the database's, more than Sessions:ClockTolerance (1 s) allows.", wrong.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", wrong.Output, StringComparison.Ordinal);
        Assert.Equal(SessionStatus.Active, (await session.GetAsync()).Status);
    }

    [FakedTimeFact]
    public async Task ClockSetAheadWhileItRuns_Node_EndsNoSession_IsNotReady_AndEnds()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        using var time = new FakedTime(TimeSpan.Zero);
        await using var wrong = SiloProcess.Launch(database, time);
        await using var right = SiloProcess.Launch(database);
        await Task.WhenAll(wrong.WaitUntilReadyAsync(), right.WaitUntilReadyAsync());
        await using var client = await GatewayClient.ConnectAsync(right.Gateway);

        // Through its own gateway: placement prefers the node that is asked, also when that one is slow.
        await using var local = await GatewayClient.ConnectAsync(wrong.Gateway);
        var there = client.Sessions.Get((await local.ActivateAtAsync(wrong, new() { MaxDuration = TimeSpan.FromMinutes(1) })).Id);
        var here = await client.ActivateAtAsync(right, new() { MaxDuration = TimeSpan.FromMinutes(1) });

        time.Set(Ahead);

        await Eventually.TrueAsync(async () => await wrong.HealthAsync("ready") == HttpStatusCode.ServiceUnavailable, "the node is not ready");
        Assert.Contains("clock", await wrong.ReadHealthAsync(), StringComparison.Ordinal);
        Assert.Equal(3, await wrong.ExitCodeAsync());
        Assert.Contains("The node ends: The clock of this node is 120", wrong.Output, StringComparison.Ordinal);
        Assert.Equal(SessionStatus.Active, (await there.GetAsync()).Status);
        Assert.Equal(SessionStatus.Active, (await here.GetAsync()).Status);
        Assert.Equal(0, await CountEndedAsync(database));
    }

    // The runtime takes the incarnation of an address that started later for the younger one.
    [FakedTimeFact]
    public async Task ClockWasAhead_AndIsCorrected_NodeStartsAtTheSameAddress()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        using var time = new FakedTime(TimeSpan.FromSeconds(40));
        await using var wrong = SiloProcess.Launch(database, time, "Sessions:ClockTolerance=1m");
        await wrong.WaitUntilReadyAsync();
        await wrong.KillAsync();

        await using var corrected = wrong.Relaunch(otherTime: null);
        await corrected.WaitUntilReadyAsync();

        await using var client = await GatewayClient.ConnectAsync(corrected.Gateway);
        await client.ActivateAtAsync(corrected, new());
        Assert.Equal(0, await corrected.StopAsync());
    }

    private static async Task<long> CountEndedAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("SELECT count(*) FROM sessions.session_event WHERE type LIKE '%Expired%' OR type LIKE '%Closed%'");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
