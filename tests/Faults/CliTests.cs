using System.Diagnostics;
using System.Text.Json;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>The command line tool against real nodes.</summary>
public sealed class CliTests
{
    private static readonly string[] PromisedFields =
    [
        "id", "address", "namespace", "creator", "status", "version", "createdAt", "expiresAt", "permissions", "quotas", "usage",
    ];

    [Fact]
    public async Task WholeLife_CommandByCommand_EndsClosed()
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        Task<CliProcess> Run(params string[] arguments) => CliProcess.RunAsync([.. arguments, "--gateway", node.Gateway, "--json"]);

        var created = (await Run(
            "create", "--namespace", "acme/eval", "--creator", "alice", "--max-duration", "30m", "--allow", "execute",
            "--quota", "executions=100,concurrent=4", "--label", "team=blue")).Succeeded().Json;
        var id = created.GetProperty("id").GetString()!;
        Assert.All(PromisedFields, field => Assert.True(created.TryGetProperty(field, out _), field));
        foreach (var (verb, status) in (IEnumerable<(string, string)>)
            [("activate", "Active"), ("pause", "Paused"), ("resume", "Active"), ("get", "Active"), ("close", "Closed")])
        {
            Assert.Equal(status, (await Run(verb, id)).Succeeded().Json.GetProperty("status").GetString());
        }

        var refused = await Run("resume", id);
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal("InvalidTransition", JsonDocument.Parse(refused.Errors).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task BadUsageAndNoNode_ExitCodes_TellThemApart()
    {
        var usage = await CliProcess.RunAsync("create", "--namespace", "NOT A PATH", "--creator", "alice");
        var unavailable = await CliProcess.RunAsync("get", SessionId.New().ToString(), "--gateway", "127.0.0.1:1", "--timeout", "2s");

        Assert.Equal(2, usage.ExitCode);
        Assert.Equal(3, unavailable.ExitCode);
        Assert.DoesNotContain("   at ", unavailable.Errors, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task DatabaseIsDown_CommandEndsWithinItsTimeout_AndNamesTheDatabase()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var node = await SiloProcess.StartAsync(await server.CreateDatabaseAsync());
        var id = (await CliProcess.RunAsync("create", "--namespace", "acme", "--creator", "alice", "--json", "--gateway", node.Gateway))
            .Succeeded().Json.GetProperty("id").GetString()!;
        await server.StopAsync();

        var clock = Stopwatch.StartNew();
        var refused = await CliProcess.RunAsync("activate", id, "--gateway", node.Gateway, "--timeout", "4s");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("database", refused.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"127.0.0.1:{server.Port}", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("start a silo", refused.Errors, StringComparison.Ordinal);

        // Half a minute would be the client's own patience, without what the user said.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(25));
    }

    [PostgresFact]
    public async Task TwoNodesOnOneDatabase_OneKilledBetweenTheSteps_NothingAcknowledgedIsLost()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var first = await SiloProcess.StartAsync(database);
        await using var second = await SiloProcess.StartAsync(database);
        var id = (await CliProcess.RunAsync(
            "create", "--namespace", "acme", "--creator", "alice", "--activate", "--json", "--gateway", first.Gateway))
            .Succeeded().Json.GetProperty("id").GetString()!;

        await first.KillAsync();
        var closed = (await CliProcess.RunAsync("close", id, "--json", "--gateway", second.Gateway)).Succeeded().Json;

        Assert.Equal("Closed", closed.GetProperty("status").GetString());
        Assert.Equal(3, closed.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task Replay_SmallTrace_CountsAgree()
    {
        var trace = Path.GetTempFileName();
        await File.WriteAllTextAsync(trace, """
            gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,negative_prompt_length,num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,num_lora
            2024-11-15 16:57:50,TXT_2_IMG,SUCCEED,32.0,G0000,63.0,26.0,1.0,30.0,M0000,0
            2024-11-15 16:58:50,TXT_2_IMG,SUCCEED,32.0,G0000,63.0,26.0,1.0,30.0,M0000,0
            2024-11-15 18:16:14,TXT_2_IMG,SUCCEED,43.0,G0000,93.0,,1.0,40.0,,0
            """);
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        try
        {
            var summary = await CliProcess.RunAsync("replay", trace, "--gateway", node.Gateway);
            Assert.True(summary.ExitCode == 0, summary.Output + summary.Errors);
        }
        finally
        {
            File.Delete(trace);
        }
    }
}
