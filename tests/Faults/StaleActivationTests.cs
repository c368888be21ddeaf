using Sessions.Grains.Session;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>P4 against a node that is suspended while it has leases out, declared dead, and goes on.</summary>
/// <remarks>
/// Each with a server of its own: a suspended node may have a transaction open, which holds back the event log in all databases of its
/// server.
/// </remarks>
public sealed class StaleActivationTests
{
    // As by default: the suspended node is to be dead long before its clients renew their leases.
    private const string Detection = "Silo:MissedProbes=3";

    // For so long after its lease the places of the client that knows only the suspended node stay taken.
    private const string Grace = "Sessions:RunGrace=5s";

    private const int Concurrent = 6;
    private const int Executions = 1000;

    [PostgresFact]
    public async Task NodeSuspendedWithLeasesOut_SessionPausedAndResumedElsewhere_NodeGoesOn_NothingIsAdmittedUnderOldTerms()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await using var stale = SiloProcess.Launch(database, Detection, Grace);
        await using var other = SiloProcess.Launch(database, Detection, Grace);

        var run = await SuspendedNode.RunAsync(stale, other, new() { Executions = Executions, Concurrent = Concurrent });

        Assert.Equal(0, ExecutionHistory.BegunBetween(run.Log, run.Paused, run.Resuming));
        Assert.InRange(ExecutionHistory.MostAtOnce(run.Log), 1, Concurrent);
        Assert.InRange(run.Log.Count(entry => entry.Begins), 1, (int)run.Usage.ChargedExecutions);
        Assert.InRange(run.Usage.ChargedExecutions, 1, Executions);
    }

    /// <summary>
    /// The checker, checked: nodes that disagree about how long leases hold break the rule, because the one that takes over does
    /// not wait for what the other has granted.
    /// </summary>
    [PostgresFact]
    public async Task NodeSuspendedWithLeasesThatOthersTakeForShorter_SessionPausedElsewhere_WhatIsStillAdmittedIsSeen()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await using var stale = SiloProcess.Launch(
            database, Detection, Grace, "Sessions:LeaseDuration=00:01:00", "Sessions:GrantRight=00:00:20");
        await using var other = SiloProcess.Launch(
            database, Detection, Grace, "Sessions:LeaseDuration=00:00:00.5", "Sessions:GrantRight=00:00:00.2", "Sessions:LeaseMargin=00:00:00.02");

        // Units without end and leases that are renewed in half a minute: no client has to ask before the pause.
        var run = await SuspendedNode.RunAsync(stale, other, new() { Concurrent = Concurrent });

        Assert.NotEqual(0, ExecutionHistory.BegunBetween(run.Log, run.Paused, run.Resuming));
    }
}
