using System.Text.Json;

namespace Sessions.Cli.Tests;

public class ExecutionCommandTests
{
    private const string Id = "s-00000000000000000000000009";

    [Fact]
    public async Task Authorize_of_what_may_run_Says_allowed_and_explains_each_step_with_its_margin()
    {
        await using var cluster = await Active("--quota", "executions=100,concurrent=4", "--max-duration", "30m");

        var bare = await ToolRun.Of(cluster, ["authorize", Id, "--function", "math.add"]);
        var explained = await ToolRun.Of(cluster, ["authorize", Id, "--function", "math.add", "--explain"]);

        Assert.Equal((ExitCodes.Done, "allowed"), (bare.ExitCode, bare.Out.Trim()));
        var lines = explained.Out.Split('\n');
        Assert.Contains(lines, line => line.Contains("executions", StringComparison.Ordinal) && line.Contains("100 left", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("expiry", StringComparison.Ordinal) && line.Contains("29m", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("per second", StringComparison.Ordinal) && line.Contains("passed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Authorize_of_what_may_not_run_Is_refused_at_its_step_with_exit_code_one()
    {
        await using var cluster = await Active("--function", "math.*");

        var person = await ToolRun.Of(cluster, ["authorize", Id, "--function", "io.read", "--explain"]);
        var machine = await ToolRun.Of(cluster, ["authorize", Id, "--function", "math.add", "--permission", "write", "--json"]);

        Assert.Equal((ExitCodes.Refused, ""), (person.ExitCode, person.Error));
        Assert.Contains("refused: PermissionDenied: The session does not permit the function 'io.read'", person.Out, StringComparison.Ordinal);
        Assert.Contains("REFUSED", person.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, machine.ExitCode);
        Assert.False(machine.Json.GetProperty("allowed").GetBoolean());
        Assert.Equal("Permission", machine.Json.GetProperty("refusedAt").GetString());
        Assert.Equal("PermissionDenied", machine.Json.GetProperty("refusal").GetProperty("code").GetString());
        Assert.Equal([true, true, false], machine.Json.GetProperty("trace").EnumerateArray().Select(step => step.GetProperty("passed").GetBoolean()));
    }

    [Fact]
    public async Task Authorize_in_a_session_that_is_not_active_Hints_at_what_makes_it_so()
    {
        await using var cluster = await Active();
        await ToolRun.Of(cluster, ["pause", Id]);

        var run = await ToolRun.Of(cluster, ["authorize", Id, "--function", "f"]);

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains($"hint: resume it with 'sessions resume {Id}'", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adjust_Changes_what_is_stated_and_replaces_all_quotas()
    {
        await using var cluster = await Active("--quota", "executions=100,concurrent=4", "--function", "math.*", "--allow", "execute,read");

        var quotas = (await ToolRun.Of(cluster, ["adjust", Id, "--quota", "executions=50", "--json"])).Json;
        var functions = (await ToolRun.Of(cluster, ["adjust", Id, "--function", "io.*", "--function", "net.*", "--json"])).Json;
        var any = (await ToolRun.Of(cluster, ["adjust", Id, "--any-function", "--allow", "execute", "--reason", "why not", "--json"])).Json;

        Assert.Equal(50, quotas.GetProperty("quotas").GetProperty("executions").GetInt64());
        Assert.Equal(JsonValueKind.Null, quotas.GetProperty("quotas").GetProperty("concurrent").ValueKind);
        Assert.Equal("math.*", Assert.Single(quotas.GetProperty("functionPatterns").EnumerateArray()).GetString());
        Assert.Equal(["io.*", "net.*"], functions.GetProperty("functionPatterns").EnumerateArray().Select(pattern => pattern.GetString()));
        Assert.Equal(2, functions.GetProperty("permissions").GetArrayLength());
        Assert.Empty(any.GetProperty("functionPatterns").EnumerateArray());
        Assert.Equal("executeFunctions", Assert.Single(any.GetProperty("permissions").EnumerateArray()).GetString());
        Assert.Equal("why not", any.GetProperty("lastChange").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Execute_Runs_the_program_and_passes_its_exit_code_and_the_session_counts_and_logs_it(bool isLeased)
    {
        await using var cluster = await Active("--log-executions", "--monitor");
        var started = new List<ProgramStart>();
        string[] command = ["execute", Id, "--function", "shell", .. isLeased ? ["--leased"] : (string[])[], "--", "sh", "-c", "exit --json"];

        var done = await ToolRun.Of(cluster, command, program: Answer(0));
        var failed = await ToolRun.Of(cluster, command, program: Answer(7));
        await cluster.Client.DisposeAsync();

        Assert.Equal(("", "", "", ""), (done.Out, done.Error, failed.Out, failed.Error));
        Assert.Equal((0, 7), (done.ExitCode, failed.ExitCode));
        Assert.Equal(("sh", Id), (started[0].Program, started[0].Variables["SESSION_ID"]));
        Assert.Equal(["-c", "exit --json"], started[0].Arguments);

        var usage = (await ToolRun.Of(cluster, ["get", Id, "--json"])).Json.GetProperty("usage");
        Assert.Equal((2, 1, 1), (Count(usage, "executions"), Count(usage, "succeeded"), Count(usage, "failed")));
        var logged = (await ToolRun.Of(cluster, ["executions", Id, "--json"])).Json.GetProperty("executions").EnumerateArray().ToArray();
        Assert.Equal(["Succeeded", "Failed"], logged.Select(execution => execution.GetProperty("outcome").GetString()));

        Func<ProgramStart, CancellationToken, Task<int>> Answer(int code) => (start, _) =>
        {
            started.Add(start);
            return Task.FromResult(code);
        };
    }

    [Fact]
    public async Task Execute_where_the_session_refuses_Does_not_run_it()
    {
        await using var cluster = await Active("--function", "math.*");

        var run = await ToolRun.Of(cluster, ["execute", Id, "--function", "shell", "--", "sh"]);

        Assert.Equal((ExitCodes.Refused, ""), (run.ExitCode, run.Out));
        Assert.StartsWith("error: PermissionDenied: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_when_the_session_is_closed_meanwhile_The_program_is_cancelled_and_the_refusal_is_typed()
    {
        await using var cluster = await Active();

        var run = await ToolRun.Of(cluster, ["execute", Id, "--function", "shell", "--", "sh"], program: async (_, cancellationToken) =>
        {
            await ToolRun.Of(cluster, ["close", Id]);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        });

        Assert.Equal((ExitCodes.Refused, ""), (run.ExitCode, run.Out));
        Assert.StartsWith("error: SessionNotActive: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Executions_After_and_limit_Cut_what_is_listed()
    {
        await using var cluster = await Active("--log-executions");
        for (var i = 0; i < 5; i++)
        {
            await ToolRun.Of(cluster, ["execute", Id, "--function", $"f{i}", "--", "x"], program: (_, _) => Task.FromResult(0));
        }

        var part = await ToolRun.Of(cluster, ["executions", Id, "--after", "1", "--limit", "2", "--json"]);
        var table = await ToolRun.Of(cluster, ["executions", Id]);

        Assert.Equal([2, 3], part.Json.GetProperty("executions").EnumerateArray().Select(execution => execution.GetProperty("sequence").GetInt32()));
        Assert.Contains("f4", table.Out, StringComparison.Ordinal);
        Assert.Contains("Succeeded", table.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Shows_outcomes_activity_and_latencies_where_they_are_kept()
    {
        await using var cluster = await Active("--monitor");
        await ToolRun.Of(cluster, ["execute", Id, "--function", "f", "--", "x"], program: (_, _) => Task.FromResult(0));
        await cluster.Client.DisposeAsync();

        var run = await ToolRun.Of(cluster, ["get", Id]);
        var usage = (await ToolRun.Of(cluster, ["get", Id, "--json"])).Json.GetProperty("usage");

        foreach (var row in new[] { "1 succeeded", "first activity", "last activity", "p50 ", "keeps latencies" })
        {
            Assert.Contains(row, run.Out, StringComparison.Ordinal);
        }

        Assert.Equal(1, Count(usage.GetProperty("latency"), "count"));
        Assert.True(usage.GetProperty("latency").GetProperty("p99Ms").GetDouble() > 0);
    }

    [Fact]
    public async Task ChildProgram_Gets_its_variables_and_gives_its_exit_code()
    {
        var path = Path.GetTempFileName();
        try
        {
            var code = await ChildProgram.RunAsync(
                new("sh", ["-c", "printf %s \"$SESSION_ID\" > \"$0\"; exit 7", path], new Dictionary<string, string> { ["SESSION_ID"] = Id }, TimeSpan.Zero), default);
            Assert.Equal((7, Id), (code, await File.ReadAllTextAsync(path)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task ChildProgram_Cancelled_Is_killed()
    {
        using var stop = new CancellationTokenSource();
        var running = ChildProgram.RunAsync(new("sh", ["-c", "sleep 600 & wait"], new Dictionary<string, string>(), TimeSpan.Zero), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Theory]
    [InlineData("trap 'echo ended >> \"$0\"; exit 0' TERM; echo begun >> \"$0\"; while :; do sleep 0.1; done", "begun ended")]
    [InlineData("trap '' TERM; echo begun >> \"$0\"; while :; do sleep 0.1; done", "begun")]
    public async Task ChildProgram_Cancelled_May_end_by_itself_within_its_grace(string script, string written)
    {
        var path = Path.GetTempFileName();
        using var stop = new CancellationTokenSource();
        try
        {
            var running = ChildProgram.RunAsync(new("sh", ["-c", script, path], new Dictionary<string, string>(), TimeSpan.FromSeconds(2)), stop.Token);
            while ((await File.ReadAllTextAsync(path)).Length == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }

            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            Assert.Equal(written, string.Join(' ', await File.ReadAllLinesAsync(path)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task ChildProgram_that_is_not_there_Is_wrong_usage() => await Assert.ThrowsAsync<CliUsageException>(
        () => ChildProgram.RunAsync(new("/no/such/program", [], new Dictionary<string, string>(), TimeSpan.Zero), default));

    private static async Task<TestCluster> Active(params string[] options)
    {
        var cluster = new TestCluster();
        var run = await ToolRun.Of(cluster, ["create", "--namespace", "acme", "--creator", "alice", "--id", Id, "--activate", .. options]);
        Assert.True(run.ExitCode == ExitCodes.Done, run.Error);
        return cluster;
    }

    private static long Count(JsonElement element, string name) => element.GetProperty(name).GetInt64();
}
