using System.Text.Json;

namespace Sessions.Cli.Tests;

public sealed class WatchCommandTests : ClusterTests
{
    private const string Id = "s-00000000000000000000000009";
    private const string Other = "s-0000000000000000000000000a";

    [Fact]
    public async Task Session_Its_events_are_shown_and_the_watch_ends_with_it()
    {
        await LiveAsync(Id, "acme/eval");

        var run = await ToolRun.Of(Cluster, ["watch", Id]);

        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        var lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["SessionCreated", "SessionActivated", "SessionClosing", "SessionClosed"], lines.Select(line => line.Split(' ')[4]));
        Assert.Contains("2 SessionActivated by tester acme/eval", lines[1], StringComparison.Ordinal);
        Assert.Contains("3 SessionClosing (Asked) by tester: all done acme/eval", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_after_a_sequence_As_json_One_object_per_line()
    {
        await LiveAsync(Id, "acme/eval");

        var events = Objects(await ToolRun.Of(Cluster, ["watch", Id, "--from", "2", "--json"]));

        Assert.Equal([3, 4], events.Select(e => e.GetProperty("sequence").GetInt64()));
        var closed = events[1];
        Assert.Equal((Id, "SessionClosed", "Closed", "Asked"), (Text(closed, "sessionId"), Text(closed, "type"), Text(closed, "status"), Text(closed, "endReason")));
        Assert.Equal(JsonValueKind.Null, closed.GetProperty("cursor").ValueKind);
        Assert.Equal(0, closed.GetProperty("usage").GetProperty("executions").GetInt64());
        Assert.Equal("all done", events[0].GetProperty("cause").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Session_from_now_What_it_did_before_is_left_out()
    {
        await LiveAsync(Id, "acme/eval");

        Assert.Equal("", (await ToolRun.Of(Cluster, ["watch", Id, "--from", "now"])).Out);
    }

    [Fact]
    public async Task Namespace_Shows_what_is_there_and_below_until_there_are_enough()
    {
        await LiveAsync(Id, "acme/eval");
        await LiveAsync(Other, "other");

        var events = Objects(await ToolRun.Of(Cluster, ["watch", "--namespace", "acme", "--count", "4", "--json"]));
        var rest = Objects(await ToolRun.Of(Cluster, ["watch", "--namespace", "acme", "--from", Text(events[1], "cursor"), "--count", "2", "--json"]));

        Assert.All(events, e => Assert.Equal(Id, Text(e, "sessionId")));
        Assert.Equal([3, 4], rest.Select(e => e.GetProperty("sequence").GetInt64()));
    }

    [Fact]
    public async Task Subscription_A_second_watch_goes_on_where_the_first_ended()
    {
        await LiveAsync(Id, "acme/eval");

        var first = Objects(await ToolRun.Of(Cluster, ["watch", "--namespace", "acme", "--subscription", "audit", "--count", "3", "--json"]));
        var second = Objects(await ToolRun.Of(Cluster, ["watch", "--namespace", "acme", "--subscription", "audit", "--count", "1", "--json"]));

        Assert.Equal([1, 2, 3], first.Select(e => e.GetProperty("sequence").GetInt64()));
        Assert.Equal(4, Assert.Single(second).GetProperty("sequence").GetInt64());
    }

    [Fact]
    public async Task Subscription_of_somebody_else_Is_refused()
    {
        await LiveAsync(Id, "acme/eval");
        string[] watch = ["watch", "--namespace", "acme", "--subscription", "audit", "--count", "1"];
        await ToolRun.Of(Cluster, watch);
        await Cluster.Client.SubscribeAsync(SubscriptionName.Parse("theirs"), SessionNamespace.Parse("acme"), new() { Owner = Principal.Parse("bob") });

        var run = await ToolRun.Of(Cluster, ["watch", "--namespace", "acme", "--subscription", "theirs"]);

        Assert.Equal(ExitCodes.Of(SessionErrorCode.PermissionDenied), run.ExitCode);
        Assert.Contains("PermissionDenied", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_such_session_Is_refused() =>
        Assert.Equal(ExitCodes.Of(SessionErrorCode.SessionNotFound), (await ToolRun.Of(Cluster, ["watch", Id])).ExitCode);

    [Theory]
    [InlineData("watch")]
    [InlineData("watch", Id, "--namespace", "acme")]
    [InlineData("watch", Id, "--subscription", "audit")]
    [InlineData("watch", Id, "--from", "c-00000000000000000000000000")]
    [InlineData("watch", "--namespace", "acme", "--from", "3")]
    [InlineData("watch", "--namespace", "acme", "--from", "yesterday")]
    [InlineData("watch", "--namespace", "acme", "--count", "0")]
    [InlineData("watch", "--namespace", "acme", "--subscription", "Größe")]
    public async Task Wrong_usage_Says_so(params string[] args)
    {
        var run = await ToolRun.Of(Cluster, args);

        Assert.Equal((ExitCodes.Usage, ""), (run.ExitCode, run.Out));
        Assert.NotEqual("", run.Error);
    }

    private async Task LiveAsync(string id, string @namespace)
    {
        foreach (var command in new string[][]
        {
            ["create", "--namespace", @namespace, "--creator", "alice", "--id", id, "--activate"],
            ["close", id, "--reason", "all done"],
        })
        {
            Assert.Equal(ExitCodes.Done, (await ToolRun.Of(Cluster, command)).ExitCode);
        }
    }

    private static JsonElement[] Objects(ToolRun run)
    {
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        return [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Text(JsonElement e, string property) => e.GetProperty(property).GetString()!;
}
