using System.Text.Json;

namespace Sessions.Cli.Tests;

public class CommandTests
{
    private const string Id = "s-00000000000000000000000009";

    private static readonly string[] Create =
        ["create", "--namespace", "acme/eval", "--creator", "alice", "--id", Id, "--json"];

    [Fact]
    public async Task Create_with_everything_The_session_has_it_and_json_shows_it()
    {
        var run = await ToolRun.OnEmptyCluster([
            .. Create, "--max-duration", "1h30m", "--allow", "execute,read", "--quota", "executions=100,dataBytes=1KiB",
            "--quota", "concurrent=4", "--label", "team=eval", "--label", "query=a=b", "--function", "math.*", "--function", "io.read",
            "--no-auto-expire", "--pause-clock", "stops", "--idle-timeout", "5m", "--reason", "@all try", "--activate", "--actor", "bob"]);

        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        var session = run.Json;
        Assert.Equal(Id, Text(session, "id"));
        Assert.Equal(SessionAddress.Derive(Principal.Parse("alice"), SessionId.Parse(Id)).ToString(), Text(session, "address"));
        Assert.Equal(("acme/eval", "alice", "Active"), (Text(session, "namespace"), Text(session, "creator"), Text(session, "status")));
        Assert.Equal(2, session.GetProperty("version").GetInt64());
        Assert.Equal(["executeFunctions", "readCrossSession"], Texts(session, "permissions"));
        Assert.Equal(["math.*", "io.read"], Texts(session, "functionPatterns"));
        Assert.Equal("PT1H30M", Text(session, "maxDuration"));
        Assert.Equal(
            session.GetProperty("createdAt").GetDateTimeOffset().AddHours(1.5), session.GetProperty("expiresAt").GetDateTimeOffset());
        var quotas = session.GetProperty("quotas");
        Assert.Equal(
            (100, 1024, 4),
            (quotas.GetProperty("executions").GetInt64(), quotas.GetProperty("dataBytes").GetInt64(), quotas.GetProperty("concurrent").GetInt64()));
        Assert.Equal(JsonValueKind.Null, quotas.GetProperty("children").ValueKind);
        var settings = session.GetProperty("settings");
        Assert.False(settings.GetProperty("autoExpire").GetBoolean());
        Assert.Equal(("stops", "PT5M"), (Text(settings, "pauseClock"), Text(settings, "idleTimeout")));
        Assert.Equal("a=b", Text(session.GetProperty("labels"), "query"));
        Assert.Equal(0, session.GetProperty("usage").GetProperty("executions").GetInt64());
        Assert.Equal("@all try", Text(session.GetProperty("lastChange"), "reason"));
    }

    [Fact]
    public async Task Whole_life_Every_command_answers_with_the_state_it_made()
    {
        await using var cluster = new TestCluster();
        await Expect("Requested", ["request", "--namespace", "acme", "--creator", "alice", "--id", Id, "--deadline", "5m"]);
        await Expect("Created", ["confirm", Id]);
        await Expect("Active", ["activate", Id]);
        await Expect("Paused", ["pause", Id, "--reason", "lunch"]);
        await Expect("Active", ["resume", Id]);
        await Expect("Active", ["renew", Id, "--by", "30m"]);
        await Expect("Active", ["renew", Id, "--until", "2040-01-01", "--allow-shortening"], ExitCodes.Refused);
        await Expect("Active", ["get", Id]);
        await Expect("Closed", ["close", Id]);

        async Task Expect(string status, string[] args, int exitCode = ExitCodes.Done)
        {
            var run = await ToolRun.Of(cluster, [.. args, "--json"]);
            Assert.True(exitCode == run.ExitCode, run.Error);
            if (exitCode == ExitCodes.Done)
            {
                Assert.Equal(status, Text(run.Json, "status"));
            }
        }
    }

    [Fact]
    public async Task Child_Is_created_below_its_parent_and_both_show_it()
    {
        const string Child = "s-0000000000000000000000000a";
        await using var cluster = new TestCluster();
        await ToolRun.Of(cluster, [.. Create, "--quota", "executions=10", "--activate"]);

        var child = await ToolRun.Of(cluster, ["create", "--parent", Id, "--id", Child, "--quota", "executions=4", "--activate", "--json"]);
        var parent = await ToolRun.Of(cluster, ["get", Id, "--json"]);
        var shown = await ToolRun.Of(cluster, ["get", Id]);
        var childShown = await ToolRun.Of(cluster, ["get", Child]);
        var refused = await ToolRun.Of(cluster, ["create", "--parent", Id, "--quota", "executions=7", "--json"]);
        var conflict = await ToolRun.Of(cluster, ["create", "--parent", Id, "--id", Child, "--quota", "executions=5"]);

        Assert.Equal((ExitCodes.Done, ""), (child.ExitCode, child.Error));
        Assert.Equal(("Active", Id, "acme/eval", "alice"), (Text(child.Json, "status"), Text(child.Json, "parent"), Text(child.Json, "namespace"), Text(child.Json, "creator")));
        Assert.Equal([Child], Texts(parent.Json, "children"));
        Assert.Equal(1, parent.Json.GetProperty("usage").GetProperty("children").GetInt64());
        Assert.Equal(JsonValueKind.Null, parent.Json.GetProperty("parent").ValueKind);
        Assert.Matches($"open children[ │]+{Child}", shown.Out);
        Assert.Matches($"parent[ │]+{Id}", childShown.Out);
        Assert.Equal(("QuotaExceeded", "OpenChild", "executions"), (Text(refused.ErrorJson, "code"), Text(refused.ErrorJson, "verb"), Text(refused.ErrorJson, "dimension")));
        Assert.Contains("leave --id out", conflict.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_without_a_parent_Needs_namespace_and_creator()
    {
        var run = await ToolRun.OnEmptyCluster(["create", "--creator", "alice"]);
        var reserved = await ToolRun.OnEmptyCluster(["request", "--creator", "alice"]);

        Assert.Contains("Option '--namespace' is required.", run.Error, StringComparison.Ordinal);
        Assert.Equal((reserved.ExitCode, reserved.Error.Split('\n')[0]), (run.ExitCode, run.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task Reservation_Can_be_cancelled()
    {
        await using var cluster = new TestCluster();
        await ToolRun.Of(cluster, ["request", "--namespace", "acme", "--creator", "alice", "--id", Id]);
        var run = await ToolRun.Of(cluster, ["cancel", Id, "--json"]);
        Assert.Equal("Cancelled", Text(run.Json, "status"));
        Assert.Equal("Asked", Text(run.Json, "endReason"));
    }

    [Fact]
    public async Task Create_repeated_under_its_id_Answers_alike_and_does_not_activate_twice()
    {
        await using var cluster = new TestCluster();
        var first = await ToolRun.Of(cluster, [.. Create, "--activate"]);
        var second = await ToolRun.Of(cluster, [.. Create, "--activate"]);

        Assert.Equal((ExitCodes.Done, ExitCodes.Done), (first.ExitCode, second.ExitCode));
        Assert.Equal(first.Out, second.Out);
    }

    // Each attempt left a session behind for an hour, and the error did not name it.
    [Fact]
    public async Task Create_whose_activation_is_refused_Leaves_no_session_that_could_be_used()
    {
        await using var cluster = new TestCluster { Calls = new CallScript { Refuse = FullOnActivate } };

        var run = await ToolRun.Of(cluster, ["create", "--namespace", "acme/full", "--creator", "alice", "--activate"]);
        var machine = await ToolRun.Of(cluster, ["create", "--namespace", "acme/full", "--creator", "alice", "--activate", "--json"]);

        Assert.Equal((ExitCodes.Refused, ExitCodes.Refused), (run.ExitCode, machine.ExitCode));
        var id = Text(machine.ErrorJson, "sessionId")!;
        Assert.Equal(("PolicyViolation", "Closed"), (Text(machine.ErrorJson, "code"), Text(machine.ErrorJson, "status")));
        Assert.Contains($"The session {id}, which was created to be activated, is Closed; nothing is left of it.", Text(machine.ErrorJson, "message"), StringComparison.Ordinal);
        Assert.Matches("error: PolicyViolation: Full\\. The session s-[0-9a-z]{26}, which was created", run.Error);
        Assert.Equal([SessionStatus.Closed, SessionStatus.Closed], (await cluster.SessionsAsync()).Select(session => session.Status));
        Assert.Equal("It could not be activated: PolicyViolation.", Text((await ToolRun.Of(cluster, ["get", id, "--json"])).Json.GetProperty("lastChange"), "reason"));
    }

    [Fact]
    public async Task Create_under_an_id_whose_activation_is_refused_Names_the_session_and_the_same_command_goes_on_with_it()
    {
        var isFull = true;
        await using var cluster = new TestCluster { Calls = new CallScript { Refuse = command => isFull ? FullOnActivate(command) : null } };

        var run = await ToolRun.Of(cluster, [.. Create[..^1], "--activate"]);
        var machine = await ToolRun.Of(cluster, [.. Create, "--activate"]);
        isFull = false;
        var again = await ToolRun.Of(cluster, [.. Create, "--activate"]);

        Assert.Equal((ExitCodes.Refused, ExitCodes.Refused, ExitCodes.Done), (run.ExitCode, machine.ExitCode, again.ExitCode));
        Assert.Contains(
            $"Full. The session {Id} was created and is Created: run the same command again to go on with it, or 'sessions close {Id}'.",
            run.Error,
            StringComparison.Ordinal);
        Assert.Equal((Id, "Created"), (Text(machine.ErrorJson, "sessionId"), Text(machine.ErrorJson, "status")));
        Assert.Equal((Id, "Active"), (Text(again.Json, "id"), Text(again.Json, "status")));
    }

    [Fact]
    public async Task Create_whose_activation_is_refused_and_that_cannot_be_closed_Names_the_session_that_stays()
    {
        await using var cluster = new TestCluster
        {
            Calls = new CallScript
            {
                Refuse = command => command is CloseSession
                    ? new SessionError { Code = SessionErrorCode.Unavailable, Message = "The disk is full." }
                    : FullOnActivate(command),
            },
        };

        var run = await ToolRun.Of(cluster, ["create", "--namespace", "acme/full", "--creator", "alice", "--activate", "--json"]);

        var id = Text(run.ErrorJson, "sessionId")!;
        Assert.Equal(("PolicyViolation", "Created"), (Text(run.ErrorJson, "code"), Text(run.ErrorJson, "status")));
        Assert.Contains($"The session {id}, which was created to be activated, could not be closed and stays: ", Text(run.ErrorJson, "message"), StringComparison.Ordinal);
        Assert.Equal("Created", Text((await ToolRun.Of(cluster, ["get", id, "--json"])).Json, "status"));
    }

    private static SessionError? FullOnActivate(SessionCommand command) => command is ActivateSession
        ? new SessionError { Code = SessionErrorCode.PolicyViolation, Dimension = "liveSessions", Message = "Full." }
        : null;

    [Fact]
    public async Task Illegal_move_Json_error_has_code_state_and_what_is_legal()
    {
        await using var cluster = new TestCluster();
        await ToolRun.Of(cluster, Create);

        var run = await ToolRun.Of(cluster, ["pause", Id, "--json"]);

        Assert.Equal((ExitCodes.Refused, ""), (run.ExitCode, run.Out));
        Assert.Equal(("InvalidTransition", "Created", "Pause"), (Text(run.ErrorJson, "code"), Text(run.ErrorJson, "status"), Text(run.ErrorJson, "verb")));
        Assert.Equal(["Activate", "Renew", "Close", "Adjust"], Texts(run.ErrorJson, "legal"));
        Assert.Equal(Id, Text(run.ErrorJson, "sessionId"));
        Assert.False(run.ErrorJson.TryGetProperty("faults", out _));
    }

    [Fact]
    public async Task Illegal_move_A_person_reads_the_code_and_what_to_do_next()
    {
        await using var cluster = new TestCluster();
        await ToolRun.Of(cluster, Create);

        var run = await ToolRun.Of(cluster, ["pause", Id]);

        Assert.StartsWith("error: InvalidTransition: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("\nhint: now you can: activate, renew, close, adjust (see ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_wrong_in_many_ways_All_faults_are_listed()
    {
        var run = await ToolRun.OnEmptyCluster([
            .. Create, "--max-duration", "-5m", "--quota", "concurrent=-1", "--label", "a b=c", "--function", "a b", "--reason", "x\a"]);

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Equal("InvalidConfiguration", Text(run.ErrorJson, "code"));
        Assert.Equal(
            ["functionPatterns[0]", "labels", "maxDuration", "quotas.concurrent", "reason"],
            run.ErrorJson.GetProperty("faults").EnumerateArray().Select(fault => Text(fault, "field")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--namespace", "--namespace", "NOT/LOWER")]
    [InlineData("--id", "--id", "s-1")]
    [InlineData("--template", "--template", "a@0")]
    [InlineData("--max-duration", "--max-duration", "5")]
    [InlineData("--allow", "--allow", "fly")]
    [InlineData("--quota", "--quota", "wings=2")]
    [InlineData("--label", "--label", "bare")]
    [InlineData("--pause-clock", "--pause-clock", "maybe")]
    [InlineData("--wings", "--wings", "2")]
    [InlineData("--timeout", "--timeout", "-1s")]
    public async Task Option_that_cannot_be_read_Is_named_and_nothing_is_connected(string named, string option, string value)
    {
        var run = await ToolRun.OnEmptyCluster(["create", "--namespace", "acme", "--creator", "alice", option, value, "--json"]);

        Assert.Equal((ExitCodes.Usage, "", null), (run.ExitCode, run.Out, run.Settings));
        Assert.Equal("Usage", Text(run.ErrorJson, "code"));
        Assert.Contains(named, Text(run.ErrorJson, "message"), StringComparison.Ordinal);
        Assert.Equal("see 'sessions create --help'", Text(run.ErrorJson, "hint"));
    }

    [Theory]
    [InlineData]
    [InlineData("create")]
    [InlineData("create", "--namespace", "acme")]
    [InlineData("create", "--namespace", "acme", "--creator", "a", "--auto-expire", "--no-auto-expire")]
    [InlineData("get")]
    [InlineData("get", "nobody")]
    [InlineData("renew", Id)]
    [InlineData("renew", Id, "--by", "1h", "--until", "2040-01-01")]
    [InlineData("renew", Id, "--until", "whenever")]
    [InlineData("template")]
    [InlineData("template", "show", "No Name")]
    [InlineData("template", "set", "name", "/no/such/file.json")]
    [InlineData("adjust", Id)]
    [InlineData("adjust", Id, "--function", "a", "--any-function")]
    [InlineData("authorize", Id)]
    [InlineData("authorize", Id, "--function", "a b")]
    [InlineData("execute", Id, "--function", "a")]
    [InlineData("executions", Id, "--limit", "0")]
    [InlineData("executions", Id, "--after", "-1")]
    [InlineData("replay", "/no/such/file.csv")]
    [InlineData("replay", "x", "--callers", "0")]
    [InlineData("replay", "x", "--limit", "-1")]
    [InlineData("fly")]
    public async Task Wrong_usage_Exit_code_two_and_a_hint(params string[] args)
    {
        var run = await ToolRun.OnEmptyCluster(args);

        Assert.Equal((ExitCodes.Usage, ""), (run.ExitCode, run.Out));
        Assert.StartsWith("error: Usage: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("hint: see 'sessions", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_Exit_code_three()
    {
        var run = await ToolRun.Of(null, ["get", Id]);
        Assert.Equal(ExitCodes.Unavailable, run.ExitCode);
        Assert.Equal("error: Unavailable: nobody there", run.Error.Split('\n')[0]);
    }

    [Fact]
    public async Task Outcome_unknown_The_hint_names_the_id_to_repeat_under()
    {
        var away = new SessionError { Code = SessionErrorCode.Unavailable, Message = "store away" };
        await using var cluster = new TestCluster { Calls = new() { Refuse = _ => away } };
        var run = await ToolRun.Of(cluster, ["create", "--namespace", "acme", "--creator", "alice", "--json"]);

        Assert.Equal(ExitCodes.Unavailable, run.ExitCode);
        var id = Text(run.ErrorJson, "sessionId");
        Assert.True(SessionId.TryParse(id, out _));
        Assert.Contains($"--id {id}", Text(run.ErrorJson, "hint"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_that_is_not_there_Is_refused()
    {
        var run = await ToolRun.OnEmptyCluster(["get", Id]);
        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.StartsWith($"error: SessionNotFound: There is no session {Id}.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_Says_what_the_exit_codes_mean()
    {
        var run = await ToolRun.Of(null, ["--help"]);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains(ExitCodes.Description, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateways_Come_from_options_else_the_variable_else_the_local_node()
    {
        var variables = new Dictionary<string, string> { [GlobalOptions.GatewayVariable] = "a:1, b:2" };
        var stated = await ToolRun.OnEmptyCluster(["count", "--gateway", "x:9", "--gateway", "y:8", "--timeout", "3s"], variables);
        var variable = await ToolRun.OnEmptyCluster(["count"], variables);
        var bare = await ToolRun.OnEmptyCluster(["count"]);

        Assert.Equal(["x:9", "y:8"], stated.Settings!.Gateways);
        Assert.Equal(TimeSpan.FromSeconds(3), stated.Settings.Timeout);
        Assert.Equal(["a:1", "b:2"], variable.Settings!.Gateways);
        Assert.Equal(["127.0.0.1:30000"], bare.Settings!.Gateways);
        Assert.Equal(("sessions", "sessions"), (bare.Settings.ClusterId, bare.Settings.ServiceId));
    }

    [Fact]
    public async Task Template_Set_listed_shown_and_used_and_what_is_shown_can_be_set_again()
    {
        await using var cluster = new TestCluster();
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, """{"description": "[red]x[/]", "configuration": {"maxDuration": "2h", "labels": {"a": "b"}}}""");
            var set = await ToolRun.Of(cluster, ["template", "set", "notebook", path, "--json"]);
            Assert.Equal(("notebook", 1), (Text(set.Json, "name"), set.Json.GetProperty("version").GetInt32()));

            var shown = await ToolRun.Of(cluster, ["template", "show", "notebook@1", "--json"]);
            await File.WriteAllTextAsync(path, shown.Json.GetProperty("definition").GetRawText());
            var again = await ToolRun.Of(cluster, ["template", "set", "notebook", path, "--json"]);
            Assert.Equal(shown.Json.GetProperty("definition").GetRawText(), again.Json.GetProperty("definition").GetRawText());
            Assert.Equal(1, again.Json.GetProperty("version").GetInt32());

            // Only a definition that says something else is another version.
            await File.WriteAllTextAsync(path, """{"description": "[red]x[/]"}""");
            Assert.Equal(ExitCodes.Done, (await ToolRun.Of(cluster, ["template", "set", "notebook", path])).ExitCode);
            var list = await ToolRun.Of(cluster, ["template", "list", "--json"]);
            Assert.Equal(2, Assert.Single(list.Json.GetProperty("templates").EnumerateArray()).GetProperty("version").GetInt32());
            Assert.Contains("[red]x[/]", (await ToolRun.Of(cluster, ["template", "list"])).Out, StringComparison.Ordinal);

            var session = await ToolRun.Of(cluster, [.. Create, "--template", "notebook@1"]);
            Assert.Equal(("notebook@1", "PT2H"), (Text(session.Json, "template"), Text(session.Json, "maxDuration")));

            var missing = await ToolRun.Of(cluster, ["template", "show", "nothing"]);
            Assert.Equal(ExitCodes.Refused, missing.ExitCode);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Count_Has_every_state_and_only_the_namespace_asked_for()
    {
        await using var cluster = new TestCluster();
        await ToolRun.Of(cluster, Create);
        await ToolRun.Of(cluster, ["create", "--namespace", "other", "--creator", "bob", "--activate"]);

        var all = await ToolRun.Of(cluster, ["count", "--json"]);
        var acme = await ToolRun.Of(cluster, ["count", "--namespace", "acme", "--json"]);

        Assert.Equal(10, all.Json.GetProperty("counts").EnumerateObject().Count());
        Assert.Equal((2, 1), (all.Json.GetProperty("total").GetInt64(), acme.Json.GetProperty("total").GetInt64()));
        Assert.Equal((1, 1, 0), (Of(all, "created"), Of(all, "active"), Of(acme, "active")));

        static long Of(ToolRun run, string status) => run.Json.GetProperty("counts").GetProperty(status).GetInt64();
    }

    [Fact]
    public async Task A_person_reads_a_table_without_colours_when_nobody_looks()
    {
        await using var cluster = new TestCluster();
        var run = await ToolRun.Of(cluster, Create[..^1]);

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains(SessionAddress.Derive(Principal.Parse("alice"), SessionId.Parse(Id)).ToString(), run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Out);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static IEnumerable<string> Texts(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(item => item.GetString()!);
}
