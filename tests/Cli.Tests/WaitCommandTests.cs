namespace Sessions.Cli.Tests;

/// <summary>Waiting for a place, as a person sees it and as a machine does.</summary>
public class WaitCommandTests
{
    private const string Id = "s-00000000000000000000000009";

    private static readonly string[] Create = ["create", "--namespace", "acme/eval", "--creator", "alice", "--id", Id];

    private bool isFull = true;

    [Fact]
    public async Task Activation_that_waits_Says_where_it_stands_and_shows_the_session_in_the_end()
    {
        await using var cluster = Cluster(out var line);
        await ToolRun.Of(cluster, Create);

        var run = await ToolRun.Of(cluster, ["activate", Id, "--wait", "90s", "--reason", "soon"]);

        Assert.Equal((ExitCodes.Done, TimeSpan.FromSeconds(90), "soon"), (run.ExitCode, line.Entered!.Wait, line.Entered.Command.Reason));
        Assert.Contains("Active", run.Out, StringComparison.Ordinal);
        Assert.Equal(
            ["waiting for a place in acme: 2 of 3", "waiting for a place in acme: 1 of 2, about 1m1s"],
            run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(one => one.TrimEnd()));
    }

    [Fact]
    public async Task Creation_with_activation_Waits_too_and_machines_are_told_the_result_only()
    {
        await using var cluster = Cluster(out _);

        var run = await ToolRun.Of(cluster, [.. Create, "--activate", "--wait", "1m", "--json"]);

        Assert.Equal(("Active", ""), (run.Json.GetProperty("status").GetString(), run.Error));
    }

    [Fact]
    public async Task Without_wait_It_is_refused_with_what_can_be_done()
    {
        await using var cluster = Cluster(out var line);
        await ToolRun.Of(cluster, Create);

        var run = await ToolRun.Of(cluster, ["activate", Id]);
        var machine = (await ToolRun.Of(cluster, ["activate", Id, "--json"])).ErrorJson;

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("--wait", run.Error, StringComparison.Ordinal);
        Assert.Equal("acme", machine.GetProperty("namespace").GetString());
        Assert.Null(line.Entered);
    }

    [Fact]
    public async Task Wait_that_cannot_be_meant_Is_refused()
    {
        await using var cluster = Cluster(out _);
        await ToolRun.Of(cluster, Create);

        Assert.Equal(ExitCodes.Usage, (await ToolRun.Of(cluster, [.. Create, "--wait", "1m"])).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await ToolRun.Of(cluster, ["activate", Id, "--wait", "soon"])).ExitCode);
        var tooLong = await ToolRun.Of(cluster, ["activate", Id, "--wait", "2h"]);
        Assert.Equal(ExitCodes.Refused, tooLong.ExitCode);
        Assert.Contains("waitForPlace is 02:00:00, not between 00:00:01 and 01:00:00", tooLong.Error, StringComparison.Ordinal);
    }

    private TestCluster Cluster(out ThreeSteps line)
    {
        TestCluster? cluster = null;
        line = new ThreeSteps(command =>
        {
            isFull = false;
            return cluster!.Client.Grains.Session(SessionId.Parse(Id)).Activate(command);
        });
        return cluster = new TestCluster
        {
            Calls = new()
            {
                Line = line,
                Refuse = command => command is ActivateSession && isFull
                    ? new()
                    {
                        Code = SessionErrorCode.PolicyViolation,
                        Dimension = "liveSessions",
                        Namespace = SessionNamespace.Parse("acme"),
                        Message = "full",
                    }
                    : null,
            },
        };
    }

    /// <summary>A line in which one stands second, then first for a while, and then has a place.</summary>
    private sealed class ThreeSteps(Func<ActivateSession, ValueTask<SessionReply>> activate) : IAdmissionQueueGrain
    {
        private int steps;

        public EnterQueue? Entered { get; private set; }

        public ValueTask<QueueReply> Enter(EnterQueue request)
        {
            Entered = request;
            return new(Stands(2, 3, null));
        }

        public async ValueTask<QueueReply> Wait(QueueTicket ticket, TimeSpan patience) => ++steps < 3
            ? Stands(1, 2, TimeSpan.FromSeconds(60.2))
            : new QueueReply { Snapshot = (await activate(Entered!.Command)).Snapshot };

        public ValueTask Leave(QueueTicket ticket) => ValueTask.CompletedTask;

        private QueueReply Stands(int position, int waiting, TimeSpan? estimate) => new()
        {
            Place = new(SessionNamespace.Parse("acme"), position, waiting, estimate),
            Ticket = new(Entered!.Session, Entered.Command.CommandId, default, default),
        };
    }
}
