using System.Text.Json;

namespace Sessions.Cli.Tests;

public sealed class PolicyCommandTests : ClusterTests, IDisposable
{
    private const string Full = """
        {
          // Comments are welcome.
          "description": "for evaluations",
          "ceiling": { "maxDuration": "PT2H", "permissions": ["execute", "read"], "quotas": { "executions": 100, "dataBytes": "1MiB" } },
          "maxLiveSessions": 20,
          "queue": { "maximum": 30, "wait": "10m" },
          "dataRules": [
            { "name": "scores", "effect": "allow", "who": "acme/*/eval", "operations": ["read"], "keyPrefix": "scores/", "until": "2027-01-01T00:00:00Z" },
            { "name": "rest", "effect": "deny", "who": "acme/other/**", "operations": ["read", "write"] },
          ],
          "extends": ["acme/base"],
        }
        """;

    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public async Task Policy_set_from_a_file_Is_shown_to_people_and_to_machines()
    {
        await ReviseAsync(6);
        await MakeActiveAsync(3);

        var set = await SetAsync(Full, "--reason", "to begin with", "--apply-now");
        var machine = (await Run("policy", "get", "acme/prod", "--json")).Json;

        Assert.Equal(ExitCodes.Done, set.ExitCode);
        foreach (var words in new[]
        {
            "acme/prod, version 1", "tester: to begin with", "for evaluations", "acme/base", "at most 20", "executeFunctions, readCrossSession",
            "scores: Allow acme/*/eval Read of 'scores/…' until 2027-01-01 00:00:00Z", "to 3 live sessions",
        })
        {
            Assert.Contains(words, set.Out, StringComparison.Ordinal);
        }

        Assert.Equal((1, 7, 20), (machine.GetProperty("version").GetInt32(), machine.GetProperty("revision").GetInt32(), machine.GetProperty("definition").GetProperty("maxLiveSessions").GetInt32()));
        Assert.Equal("deny", machine.GetProperty("definition").GetProperty("dataRules")[1].GetProperty("effect").GetString());
    }

    [Fact]
    public async Task Definition_that_the_tool_prints_Can_be_set_again()
    {
        await SetAsync(Full);
        var printed = (await Run("policy", "get", "acme/prod", "--json")).Json.GetProperty("definition").GetRawText();

        await SetAsync(printed);

        Assert.Equal(printed, (await Run("policy", "get", "acme/prod", "--json")).Json.GetProperty("definition").GetRawText());
    }

    [Fact]
    public async Task Bad_file_Is_refused_with_all_its_faults_and_nothing_is_sent()
    {
        var run = await SetAsync("""
            {"maxLiveSession": 3, "queue": {"maximum": "many", "longest": 3}, "dataRules": [{"name": "a", "effect": "permit", "who": "Acme", "operations": ["fly"]}, 5], "extends": ["/"]}
            """);

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        foreach (var field in new[]
        {
            "maxLiveSession is not known", "queue.maximum", "queue.longest is not known", "dataRules[0].effect", "dataRules[0].who", "dataRules[0].operations[0]", "dataRules[1]", "extends[0]",
        })
        {
            Assert.Contains(field, run.Error, StringComparison.Ordinal);
        }

        Assert.Contains("has no policy of its own", (await Run("policy", "get", "acme/prod")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contradiction_in_a_file_Is_refused_before_it_is_sent()
    {
        var run = await SetAsync("""
            {"dataRules": [
                {"name": "in", "effect": "allow", "who": "acme/a", "operations": ["read"]},
                {"name": "out", "effect": "deny", "who": "acme/**", "operations": ["read", "write"]}]}
            """);

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("allows ('in') what 'out' denies", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_that_is_not_the_newest_Is_a_conflict()
    {
        Assert.Equal(ExitCodes.Done, (await SetAsync("{}", "--expect", "0")).ExitCode);

        var run = await SetAsync("""{"maxLiveSessions": 1}""", "--expect", "0");

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("VersionConflict", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_and_what_holds_Are_shown_on_demand()
    {
        await MakeActiveAsync(2);
        await SetAsync("{}", "--reason", "first");
        await SetAsync(Full, "--reason", "second");
        Cluster.Calls.Alter = answer => answer is EffectivePolicyReply reply
            ? reply with { Live = [.. reply.Live.Select(count => count with { Waiting = 5 })] }
            : answer;

        var history = (await Run("policy", "get", "acme/prod", "--history", "--json")).Json.GetProperty("policies");
        var effective = await Run("policy", "get", "acme/prod", "--effective");

        Assert.Equal(["second", "first"], history.EnumerateArray().Select(policy => policy.GetProperty("reason").GetString()));
        Assert.Contains("2 of 20, and 5 wait", effective.Out, StringComparison.Ordinal);
        Assert.Contains("at most 30, each up to 10m; 5 wait now", (await Run("policy", "get", "acme/prod")).Out, StringComparison.Ordinal);
        Assert.Equal(5, (await Run("policy", "get", "acme/prod", "--json")).Json.GetProperty("waiting").GetInt32());
        Assert.Contains("data rule of acme/prod", effective.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, (await Run("policy", "get", "acme/prod", "--effective", "--history")).ExitCode);
    }

    [Fact]
    public async Task Explanation_Names_what_decides_and_ends_with_one_where_it_refuses()
    {
        await SetAsync("""{"ceiling": {"permissions": ["execute"]}}""");

        var permitted = await Run("policy", "explain", "acme/prod");
        var refused = await Run("policy", "explain", "acme/prod", "--permission", "execute,write");
        var machine = (await Run("policy", "explain", "acme/prod", "--permission", "write", "--json")).Json;

        Assert.Equal((ExitCodes.Done, ExitCodes.Refused), (permitted.ExitCode, refused.ExitCode));
        Assert.Contains("refused: the policy of acme/prod: does not permit WriteCrossSession", refused.Out, StringComparison.Ordinal);
        Assert.False(machine.GetProperty("permitted").GetBoolean());
    }

    [Fact]
    public async Task Explanation_of_data_access_Names_the_rule_and_exits_as_authorize_does()
    {
        await SetAsync("""{"dataRules": [{"name": "scores", "effect": "allow", "who": "acme/*", "operations": ["read"], "keyPrefix": "scores/"}]}""");
        string[] who = ["--caller", "s-00000000000000000000000009", "--caller-namespace", "acme/dev"];

        var permitted = await Run(["policy", "explain", "acme/prod", "--data", "read", .. who, "--key", "scores/1"]);
        var refused = await Run(["policy", "explain", "acme/prod", "--data", "write", .. who, "--key", "scores/1"]);
        var incomplete = await Run(["policy", "explain", "acme/prod", "--data", "read", .. who]);
        var aimless = await Run(["policy", "explain", "acme/prod", .. who]);
        var unknown = await Run(["policy", "explain", "acme/prod", "--data", "look", .. who, "--key", "a"]);

        Assert.Equal((ExitCodes.Done, ExitCodes.Refused), (permitted.ExitCode, refused.ExitCode));
        Assert.Contains("scores: Allow acme/* Read", permitted.Out, StringComparison.Ordinal);
        Assert.Contains("refused: the policy of acme/prod: no rule allows it", refused.Out, StringComparison.Ordinal);
        Assert.All([incomplete, aimless, unknown], run => Assert.Equal(ExitCodes.Usage, run.ExitCode));
    }

    [Fact]
    public async Task Authorize_explained_Shows_what_policies_bound_the_session_to()
    {
        await ReviseAsync(20);
        await SetAsync("""{"ceiling": {"quotas": {"executions": 5}}}""");
        const string Id = "s-00000000000000000000000009";
        await ToolRun.Of(Cluster, ["create", "--id", Id, "--namespace", "acme/prod", "--creator", "alice", "--activate"]);

        var explained = await ToolRun.Of(Cluster, ["authorize", Id, "--function", "f", "--explain"]);
        var bare = await ToolRun.Of(Cluster, ["authorize", Id, "--function", "f"]);

        Assert.Contains("at revision 21", explained.Out, StringComparison.Ordinal);
        Assert.Contains("ceiling: executions", explained.Out, StringComparison.Ordinal);
        Assert.Equal("allowed", bare.Out.Trim());
    }

    private Task<ToolRun> Run(params string[] args) => ToolRun.Of(Cluster, args);

    /// <summary>Sets policies elsewhere, so that what follows is not the first revision.</summary>
    private async Task ReviseAsync(int times)
    {
        for (var n = 1; n <= times; n++)
        {
            await Cluster.Client.SetPolicyAsync(SessionNamespace.Parse($"other/n{n}"), new PolicyDefinition { MaxLiveSessions = n });
        }
    }

    private async Task MakeActiveAsync(int count)
    {
        for (var n = 0; n < count; n++)
        {
            Assert.Equal(ExitCodes.Done, (await Run("create", "--namespace", "acme/prod", "--creator", "alice", "--activate")).ExitCode);
        }
    }

    private async Task<ToolRun> SetAsync(string json, params string[] more)
    {
        await File.WriteAllTextAsync(file, json);
        return await Run(["policy", "set", "acme/prod", "--file", file, .. more]);
    }
}
