using System.Net;
using Npgsql;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A standby of PostgreSQL takes over from the primary.</summary>
public sealed class FailoverTests
{
    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StandbyIsPromoted_Node_MovesOverWithEverythingAcknowledged_AndReadsNothingFromTheFormerPrimary(bool isPrimaryAlive)
    {
        await using var primary = await PostgresServer.StartAsync();
        var database = new NpgsqlConnectionStringBuilder(await primary.CreateDatabaseAsync());
        await using var standby = await PostgresServer.StartStandbyAsync(primary);
        var both = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Host = $"127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}",
            TargetSessionAttributes = "read-write",
        };
        both.Remove("Port");
        await using var node = await SiloProcess.StartAsync(both.ConnectionString);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        var session = await client.ActivateAtAsync(node, new());
        await standby.CatchUpAsync(primary);

        if (isPrimaryAlive)
        {
            // As a primary that was told to become a standby: it goes on answering reads on the connections that it has.
            await primary.ExecuteAsync("ALTER SYSTEM SET default_transaction_read_only = on");
            await primary.ExecuteAsync("SELECT pg_reload_conf()");
        }
        else
        {
            await primary.CrashAsync();
        }

        await standby.ExecuteAsync("SELECT pg_promote()");

        Assert.Equal(SessionStatus.Paused, (await session.PauseAsync()).Status);
        await Eventually.TrueAsync(async () => await node.HealthAsync("ready") == HttpStatusCode.OK, "the node is ready");
        Assert.Equal(1, await standby.CountAsync(database.Database!, $"SELECT count(*) FROM sessions.session_event WHERE session_id = '{session.Id}' AND type = 'SessionPaused'"));
        if (isPrimaryAlive)
        {
            // The driver asks every server of the list now and then whether it can be written to by now, on a connection that it has or opens.
            await Eventually.Get(
                async () => await primary.TextAsync(
                    "postgres",
                    $"""
                    SELECT string_agg(query, '; ') FROM pg_stat_activity
                    WHERE datname = '{database.Database}' AND query NOT LIKE 'SHOW %' AND query_start > now() - interval '12 s'
                    """),
                statements => statements is null,
                "for 12 s the former primary was asked for nothing but whether it only reads");
        }
    }
}
