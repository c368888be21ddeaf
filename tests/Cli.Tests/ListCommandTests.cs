using System.Text.Json;

namespace Sessions.Cli.Tests;

public sealed class ListCommandTests : ClusterTests
{
    [Fact]
    public async Task Sessions_Are_listed_by_what_is_stated_and_in_order()
    {
        var first = await CreateAsync("acme/a", "--label", "team=x");
        var second = await CreateAsync("acme/b", "--label", "team=y", "--activate");
        var third = await CreateAsync("acme/a", "--activate");
        var other = await CreateAsync("other");

        Assert.Equal([other, third, second, first], await ListAsync());
        Assert.Equal([first, second, third], await ListAsync("--namespace", "acme", "--order", "oldest"));
        Assert.Empty(await ListAsync("--namespace", "acme", "--only"));
        Assert.Equal([third, second], await ListAsync("--status", "active"));
        Assert.Equal([second], await ListAsync("--where", "namespace=acme label.team=y"));
        Assert.Equal([second, first], await ListAsync("--text", "TEAM"));
    }

    [Fact]
    public async Task More_than_the_limit_Are_said_to_be_there()
    {
        for (var n = 0; n < 3; n++)
        {
            await CreateAsync("acme");
        }

        var cut = await ToolRun.Of(Cluster, ["list", "--limit", "2"]);
        var all = await ToolRun.Of(Cluster, ["list", "--limit", "3"]);
        var json = (await ToolRun.Of(Cluster, ["list", "--limit", "2", "--json"])).Json;

        Assert.Contains("There are more", cut.Error, StringComparison.Ordinal);
        Assert.Equal("", all.Error);
        Assert.Equal((2, false), (json.GetProperty("sessions").GetArrayLength(), json.GetProperty("complete").GetBoolean()));
    }

    [Fact]
    public async Task ListByEnds_OfSessionsWithAndWithoutAnEnd_HasThoseWithoutLast_AndIsComplete()
    {
        var late = await CreateAsync("acme", "--max-duration", "2h");
        var paused = await CreateAsync("acme", "--max-duration", "1h", "--pause-clock", "stops", "--activate");
        await ToolRun.Of(Cluster, ["pause", paused]);
        var soon = await CreateAsync("acme", "--max-duration", "30m");

        Assert.Equal([soon, late, paused], await ListAsync("--order", "ends-first"));
        Assert.Equal([late, soon, paused], await ListAsync("--order", "ends-last"));
        Assert.Equal([soon, late], await ListAsync("--order", "ends-first", "--ends-before", "3h"));
        var json = (await ToolRun.Of(Cluster, ["list", "--order", "ends-first", "--limit", "2", "--json"])).Json;
        Assert.False(json.GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task LabelsAndParents_InConditions_ListWhatIsMeant()
    {
        var first = await CreateAsync("acme", "--label", "team=x");
        var second = await CreateAsync("acme", "--label", "team=y");
        var third = await CreateAsync("acme");

        Assert.Equal([third, second], await ListAsync("--where", "label.team!=x"));
        Assert.Equal([second, first], await ListAsync("--where", "label.team in (x, y)"));
        Assert.Equal([second, first], await ListAsync("--where", "label.team exists"));
        Assert.Equal([third], await ListAsync("--where", "label.team not exists"));
        Assert.Empty(await ListAsync("--parent", first));
    }

    [Fact]
    public async Task LongList_AsLinesOfJson_HasOneObjectPerSession()
    {
        for (var n = 0; n < 3; n++)
        {
            await CreateAsync("acme");
        }

        var cut = await ToolRun.Of(Cluster, ["list", "--limit", "2", "--jsonl"]);

        var lines = cut.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("s-", JsonDocument.Parse(line).RootElement.GetProperty("id").GetString(), StringComparison.Ordinal));
        Assert.Contains("There are more", cut.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await ToolRun.Of(Cluster, ["list", "--jsonl", "--quiet"])).ExitCode);
    }

    [Fact]
    public async Task CommandWaits_OnATerminal_SaysForWhatOnOneLine_AndErasesIt()
    {
        var seen = await ToolRun.Of(Cluster, ["list"], waits: ["connecting to here", "connecting to there"], errorIsTerminal: true);
        var piped = await ToolRun.Of(Cluster, ["list"], waits: ["connecting to here"]);

        Assert.Equal("\r\u001b[2Kconnecting to here\r\u001b[2Kconnecting to there\r\u001b[2K", seen.Error);
        Assert.Equal("", piped.Error);
    }

    [Fact]
    public async Task Nothing_found_Says_so() =>
        Assert.Equal("No session.", (await ToolRun.Of(Cluster, ["list", "--namespace", "acme"])).Out.Trim());

    [Fact]
    public async Task Watched_list_Shows_what_there_is_and_then_each_change()
    {
        var id = await CreateAsync("acme");
        var (isListed, isListening) = (NewSignal(), NewSignal());
        Cluster.Calls.Alter = answer =>
        {
            (answer is SessionPage ? isListed : answer is EventPage ? isListening : null)?.TrySetResult();
            return answer;
        };
        var watching = ToolRun.Of(Cluster, ["list", "--namespace", "acme", "--status", "created,active", "--watch", "--count", "2"]);
        await Task.WhenAll(isListed.Task, isListening.Task).WaitAsync(TimeSpan.FromSeconds(30));
        await CreateAsync("other");
        await ToolRun.Of(Cluster, ["close", id]);

        var lines = (await watching.WaitAsync(TimeSpan.FromSeconds(30))).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal([$"+ {id} 1 Created acme alice", $"- {id} 1 Created acme alice"], lines);
    }

    // It went on without a word, and looked every ten seconds.
    [Theory]
    [InlineData(typeof(InvalidDataException))]
    [InlineData(typeof(NotSupportedException))]
    public async Task Watched_list_Whose_events_cannot_be_read_Says_so_and_ends(Type failure)
    {
        Cluster.Calls.EventFailure = (Exception)Activator.CreateInstance(failure, "Nobody can read that.")!;

        var run = await ToolRun.Of(Cluster, ["list", "--namespace", "acme", "--watch"]).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(ExitCodes.Unavailable, run.ExitCode);
        Assert.Contains("Nobody can read that.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--watch needs a namespace.", "--watch")]
    [InlineData("--count needs --watch.", "--count", "3")]
    [InlineData("--limit is '0', not a whole number from 1 to 1,000,000.", "--limit", "0")]
    [InlineData("--order is 'best', which is not an order; they are newest, oldest, ends-first, ends-last.", "--order", "best")]
    [InlineData("The query states only, which needs a namespace.", "--only")]
    public async Task What_cannot_be_listed_Is_refused(string problem, params string[] args)
    {
        var run = await ToolRun.Of(Cluster, ["list", .. args]);
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_that_no_cluster_would_take_Is_refused_with_its_field()
    {
        var run = await ToolRun.Of(Cluster, ["list", "--text", "x", "--json"]);
        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Equal("InvalidConfiguration", run.ErrorJson.GetProperty("code").GetString());
        Assert.Contains("text", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_Shows_what_happened_also_after_the_end()
    {
        var id = await CreateAsync("acme", "--activate");
        await ToolRun.Of(Cluster, ["close", id, "--reason", "all done"]);

        var run = await ToolRun.Of(Cluster, ["history", id]);
        var json = (await ToolRun.Of(Cluster, ["history", id, "--json"])).Json;
        var missing = await ToolRun.Of(Cluster, ["history", "s-0000000000000000000000000z"]);

        Assert.Equal(4, run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("SessionClosing (Asked) by tester: all done", run.Out, StringComparison.Ordinal);
        Assert.Equal(
            ["SessionCreated", "SessionActivated", "SessionClosing", "SessionClosed"],
            json.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("type").GetString()!));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("executions").ValueKind);
        Assert.Equal(ExitCodes.Refused, missing.ExitCode);
    }

    [Fact]
    public async Task Stats_Count_by_namespace_and_what_ends_soon()
    {
        await CreateAsync("acme/a/x", "--activate", "--max-duration", "4m");
        await CreateAsync("acme/a");
        await CreateAsync("acme/b", "--max-duration", "2d");
        var closed = await CreateAsync("acme", "--max-duration", "2m");
        await ToolRun.Of(Cluster, ["close", closed]);
        await CreateAsync("other");

        var json = (await ToolRun.Of(Cluster, ["stats", "--namespace", "acme", "--json"])).Json;
        var shown = await ToolRun.Of(Cluster, ["stats"]);

        Assert.Equal(4, json.GetProperty("all").GetProperty("total").GetInt64());
        Assert.Equal(
            [("acme", 1L), ("acme/a", 2L), ("acme/b", 1L)],
            json.GetProperty("namespaces").EnumerateArray().Select(n => (n.GetProperty("namespace").GetString()!, n.GetProperty("total").GetInt64())));
        Assert.Equal([1L, 2L, 2L], json.GetProperty("ends").EnumerateArray().Select(e => e.GetProperty("sessions").GetInt64()));
        Assert.Equal((ExitCodes.Done, ""), (shown.ExitCode, shown.Error));
        Assert.Contains("other", shown.Out, StringComparison.Ordinal);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<string> CreateAsync(string within, params string[] more)
    {
        var run = await ToolRun.Of(Cluster, ["create", "--namespace", within, "--creator", "alice", .. more, "--json"]);
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        return run.Json.GetProperty("id").GetString()!;
    }

    private async Task<string[]> ListAsync(params string[] args)
    {
        var run = await ToolRun.Of(Cluster, ["list", .. args, "--json"]);
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        return [.. run.Json.GetProperty("sessions").EnumerateArray().Select(session => session.GetProperty("id").GetString()!)];
    }
}
