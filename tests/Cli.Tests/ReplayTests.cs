using System.Collections.Immutable;
using System.Globalization;
using Sessions.Cli.Replay;

namespace Sessions.Cli.Tests;

public sealed class ReplayTests : IDisposable
{
    private const string Header =
        "gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,negative_prompt_length,"
        + "num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,num_lora";

    private const TimelineAct Open = TimelineAct.Open;
    private const TimelineAct Run = TimelineAct.Execute;
    private const TimelineAct End = TimelineAct.Close;

    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Owner_within_the_time_Stays_in_its_session_and_beyond_it_gets_another()
    {
        // 10:00:00 + 30 s + 600 s = 10:10:30 is still the first session's; a second later is not.
        var workload = Read(
            Row("10:00:00", "30", "G1", "M0002"),
            Row("10:10:30", "0", "G1", "M0007"),
            Row("10:20:31", "5.5", "G1", "M0007"));

        Assert.Equal(2, workload.Sessions.Count);
        Assert.Equal(("m0002", 2), (workload.Sessions[0].Segment, workload.Sessions[0].Executions.Count));
        Assert.Equal(At("10:10:30"), workload.Sessions[0].LastEnd);
        Assert.Equal(("m0007", At("10:20:31"), At("10:20:36.5")), (workload.Sessions[1].Segment, workload.Sessions[1].Start, workload.Sessions[1].LastEnd));
    }

    [Fact]
    public void Latest_end_so_far_Counts_and_not_the_last_rows()
    {
        var workload = Read(
            Row("10:00:00", "1000", "G1", "M1"), Row("10:00:01", "1", "G1", "M1"), Row("10:26:40", "1", "G1", "M1"));
        Assert.Single(workload.Sessions);
    }

    [Fact]
    public void Owners_Have_sessions_of_their_own_and_a_missing_model_is_none()
    {
        var workload = Read(Row("10:00:00", "1", "G1", ""), Row("10:00:00", "", "G2", "M1"), Row("10:00:00", "1.0", "G1", "M1"));
        Assert.Equal([("G1", "none", 2), ("G2", "m1", 1)], workload.Sessions.Select(s => (s.Owner.ToString(), s.Segment, s.Executions.Count)));
        Assert.Equal(workload.Sessions[1].Start, workload.Sessions[1].LastEnd);
    }

    [Theory]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,1,G1", "columns")]
    [InlineData("yesterday,T,SUCCEED,1,G1,,,,,M1,0", "'yesterday'")]
    [InlineData("2024-11-15 10:00:00,T,DREAMT,1,G1,,,,,M1,0", "'DREAMT'")]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,-1,G1,,,,,M1,0", "'-1'")]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,NaN,G1,,,,,M1,0", "'NaN'")]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,99999999999999999999,G1,,,,,M1,0", "longer than")]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,1,,,,,,M1,0", "owner")]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,1,G1,,,,,a/b,0", "'a/b'")]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,1,G1,,,,,a b,0", "'a b'")]
    [InlineData("2024-11-15 10:00:00,a b,SUCCEED,1,G1,,,,,M1,0", "'a b'")]
    [InlineData("2024-11-15 10:00:00,,SUCCEED,1,G1,,,,,M1,0", "function")]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,1,G1,,,,,M1,-1", "'-1' adapters")]
    [InlineData("2024-11-15 10:00:00,T,SUCCEED,1,G1,,,,,M1,1001", "'1001' adapters")]
    public void Row_that_cannot_be_read_Is_skipped_and_said(string row, string named)
    {
        var workload = Read(row, Row("10:00:00", "1", "G1", "M1"));
        Assert.Equal((2, 1, 1), (workload.RowsRead, workload.RowsSkipped, workload.Sessions.Count));
        Assert.StartsWith("row 1 ", Assert.Single(workload.SkippedSamples), StringComparison.Ordinal);
        Assert.Contains(named, workload.SkippedSamples[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Line_beyond_the_cap_Is_skipped_and_the_next_is_read()
    {
        var workload = Read(new string('x', 1 << 20), Row("10:00:00", "1", "G1", "M1"));
        Assert.Equal((2, 1, 1), (workload.RowsRead, workload.RowsSkipped, workload.Sessions.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,b,c\n1,2,3\n")]
    public void Unknown_format_Is_refused(string text) =>
        Assert.Throws<CliUsageException>(() => Workload.Read(new StringReader(text), "it"));

    [Fact]
    public void Timeline_What_ends_at_a_start_is_over_before_it_and_owners_stay_with_one_caller()
    {
        var workload = Read(
            Row("10:00:00", "0", "G1", "M1"), Row("10:10:00", "0", "G2", "M1"), Row("10:10:01", "0", "G1", "M1"), Row("10:10:01", "0", "G3", "M1"));

        var alone = Assert.Single(Timeline.Deal(workload.Sessions, 1));
        Assert.Equal(
            [(0, Open), (0, Run), (0, End), (1, Open), (1, Run), (2, Open), (3, Open), (2, Run), (3, Run), (1, End), (2, End), (3, End)],
            alone.Select(step => (step.Session, step.Act)));

        var dealt = Timeline.Deal(workload.Sessions, 2);
        Assert.Equal([0, 0, 0, 2, 3, 2, 3, 2, 3], dealt[0].Select(step => step.Session));
        Assert.Equal([1, 1, 1], dealt[1].Select(step => step.Session));
    }

    [Fact]
    public void Percentiles_Are_exact_ranks()
    {
        var latencies = new[] { new Latencies(), new Latencies() };
        for (var i = 100; i >= 1; i--)
        {
            latencies[i % 2].Add(ReplayCall.Close, TimeSpan.FromMilliseconds(i));
        }

        var summary = Assert.Single(Latencies.Summarize(latencies));
        Assert.Equal((ReplayCall.Close, new LatencySummary(100, 50, 90, 99, 100)), (summary.Key, summary.Value));
    }

    [Fact]
    public async Task Replay_Counts_agree_with_the_store_also_on_a_second_run()
    {
        await using var cluster = new TestCluster();
        Write([.. Enumerable.Range(0, 300).Select(i => Row($"1{i / 60 % 10}:{i % 60:00}:00", "2.5", $"G{i % 40}", i % 7 == 0 ? "" : $"M{i % 5}"))]);
        var workload = Workload.Read(path);
        var planned = workload.Sessions.Count;
        Assert.InRange(planned, 40, 300);

        for (var time = 1; time <= 2; time++)
        {
            var run = await ToolRun.Of(cluster, ["replay", path, "--json", "--callers", "8"]);

            Assert.True(run.ExitCode == ExitCodes.Done, run.Error + run.Out);
            foreach (var count in new[] { "requested", "created", "activated", "closed" })
            {
                Assert.Equal(planned, run.Json.GetProperty("sessions").GetProperty(count).GetInt64());
            }

            Assert.Equal(planned, run.Json.GetProperty("store").GetProperty("closed").GetInt64());
            Assert.Equal(0, run.Json.GetProperty("store").GetProperty("leftLive").GetInt64());
            Assert.Equal(300, run.Json.GetProperty("executionsInTrace").GetInt64());
            Assert.Equal(300, run.Json.GetProperty("executions").GetProperty("succeeded").GetInt64());
            Assert.Equal(300, run.Json.GetProperty("usage").GetProperty("succeeded").GetInt64());
            Assert.Equal(300, run.Json.GetProperty("latency").GetProperty("execute").GetProperty("count").GetInt64());
            Assert.Equal(planned, run.Json.GetProperty("latency").GetProperty("close").GetProperty("count").GetInt64());
            Assert.Equal(planned * time, (await cluster.SessionsAsync()).Count(record => record.Status == SessionStatus.Closed));
        }

        Assert.Equal(
            Enumerable.Repeat(workload.Sessions, 2).SelectMany(time => time).Select(session => $"{session.Owner} in gentd/{session.Segment}").Order(),
            (await cluster.SessionsAsync()).Select(record => $"{record.Creator} in {record.Namespace}").Order());
    }

    [Fact]
    public async Task Replay_under_a_prefix_and_a_run_Sessions_live_there()
    {
        await using var cluster = new TestCluster();
        Write(Row("10:00:00", "1", "G1", "M1"), Row("10:00:00", "1", "G2", "M1"));

        var run = await ToolRun.Of(cluster, ["replay", path, "--namespace-prefix", "acme/load", "--run", "first", "--limit", "1"]);

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal("acme/load/first/m1", Assert.Single(await cluster.SessionsAsync()).Namespace.ToString());
        Assert.Contains("1 executions in trace, 1s long", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_that_lost_a_session_The_replay_says_so_and_fails()
    {
        Write(Row("10:00:00", "1", "G1", "M1"), Row("10:00:00", "1", "G2", "M1"));

        await using var cluster = new TestCluster { Calls = { Alter = answer => answer is SessionCount count ? OneLess(count) : answer } };

        var run = await ToolRun.Of(cluster, ["replay", path]);

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("DISAGREE", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Executions_End_as_recorded_and_the_sessions_say_the_same()
    {
        Write(
            Row("10:00:00", "1", "G1", "M1", "SUCCEED", "2"),
            Row("10:00:01", "1", "G1", "M1", "FAILED", "1"),
            Row("10:00:02", "1", "G1", "M1", "PENDING", "3"),
            Row("10:00:03", "1", "G1", "M1", "PROCESSING", "3"),
            Row("10:00:04", "1", "G1", "M1", "SUCCEED", ""));

        var run = await ToolRun.OnEmptyCluster(["replay", path, "--json"]);

        Assert.True(run.ExitCode == ExitCodes.Done, run.Error + run.Out);
        foreach (var counts in new[] { run.Json.GetProperty("executions"), run.Json.GetProperty("usage") })
        {
            Assert.Equal(
                """{"admitted":8,"succeeded":5,"failed":1,"cancelled":1,"unsettled":1}""", counts.GetRawText());
        }

        Assert.Equal(3, run.Json.GetProperty("executionsNested").GetInt64());
        Assert.Equal("PT5S", run.Json.GetProperty("computeTimeInTrace").GetString());
    }

    [Fact]
    public async Task Executions_that_are_refused_Are_counted_by_code_and_the_session_goes_on()
    {
        Write(Row("10:00:00", "1", "G1", "M1", "SUCCEED", "1"), Row("10:00:01", "1", "G1", "M1"));
        await using var cluster = new TestCluster { Ceiling = new SessionCeiling { Permissions = SessionPermissions.ExecuteFunctions, Quotas = new() { Executions = 1 } } };

        var run = await ToolRun.Of(cluster, ["replay", path, "--json"]);

        Assert.True(run.ExitCode == ExitCodes.Done, run.Error + run.Out);
        Assert.Equal("""{"permissionDenied":1,"quotaExceeded.executions":1}""", run.Json.GetProperty("executionsRefused").GetRawText());
        Assert.Equal(1, run.Json.GetProperty("usage").GetProperty("succeeded").GetInt64());
    }

    [Fact]
    public async Task Session_that_forgot_an_execution_The_replay_says_so_and_fails()
    {
        Write(Row("10:00:00", "1", "G1", "M1"));

        await using var cluster = new TestCluster
        {
            Calls = { Alter = answer => answer is SessionReply { Snapshot: { } session } reply ? reply with { Snapshot = OneLess(session) } : answer },
        };

        var run = await ToolRun.Of(cluster, ["replay", path]);

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("REPLAY AND SESSIONS DISAGREE", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_that_is_refused_Is_left_live_and_the_replay_is_not_complete()
    {
        Write(Row("10:00:00", "1", "G1", "M1"), Row("10:00:00", "1", "G2", "M1"));
        await using var cluster = new TestCluster
        {
            Calls = new()
            {
                Refuse = command => command is ActivateSession && command.Verb == SessionVerb.Activate
                    ? new SessionError { Code = SessionErrorCode.PolicyViolation, Message = "full" }
                    : null,
            },
        };

        var run = await ToolRun.Of(cluster, ["replay", path, "--json"]);

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.True(run.Json.GetProperty("agree").GetBoolean());
        Assert.False(run.Json.GetProperty("complete").GetBoolean());
        Assert.Equal(2, run.Json.GetProperty("givenUp").GetInt64());
        Assert.Equal(2, run.Json.GetProperty("refusals").GetProperty("policyViolation").GetInt64());
        Assert.Equal(2, run.Json.GetProperty("store").GetProperty("leftLive").GetInt64());
    }

    [Fact]
    public async Task Cluster_that_stops_answering_The_replay_stops_too()
    {
        Write([.. Enumerable.Range(0, 100).Select(i => Row("10:00:00", "1", $"G{i}", "M1"))]);
        var calls = 0;
        await using var cluster = new TestCluster
        {
            RetryBudget = TimeSpan.Zero,
            Calls = new()
            {
                Refuse = command => Interlocked.Increment(ref calls) > 20 ? new() { Code = SessionErrorCode.Unavailable, Message = "gone" } : null,
            },
        };

        var run = await ToolRun.Of(cluster, ["replay", path, "--callers", "4", "--json"]);

        Assert.Equal((ExitCodes.Unavailable, ""), (run.ExitCode, run.Out));
        Assert.Equal("Unavailable", run.ErrorJson.GetProperty("code").GetString());
        Assert.InRange(calls, 21, 60);
    }

    /// <summary>A count that leaves one session out, as a store would that lost it.</summary>
    private static SessionCount OneLess(SessionCount count) => count with
    {
        ByStatus = count.ByStatus.ToImmutableSortedDictionary(
            of => of.Key, of => of.Key == count.ByStatus.Keys.First() ? of.Value - 1 : of.Value),
    };

    /// <summary>A session that forgot one execution, as one would that lost a report.</summary>
    private static SessionSnapshot OneLess(SessionSnapshot session) => session.Usage is { Succeeded: > 0 } usage
        ? session with { Usage = usage with { Executions = usage.Executions - 1, Succeeded = usage.Succeeded - 1 } }
        : session;

    private static Workload Read(params string[] rows) => Workload.Read(new StringReader(string.Join('\n', rows.Prepend(Header))), "it");

    private void Write(params string[] rows) => File.WriteAllLines(path, rows.Prepend(Header));

    private static string Row(string time, string seconds, string owner, string model, string status = "SUCCEED", string nested = "0") =>
        $"2024-11-15 {time},TXT_2_IMG,{status},{seconds},{owner},63.0,26.0,1.0,30.0,{model},{nested}";

    private static DateTimeOffset At(string time) =>
        DateTimeOffset.Parse($"2024-11-15T{time}Z", CultureInfo.InvariantCulture);
}
