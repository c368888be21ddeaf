using System.Text;

namespace Sessions.Cli.Tests;

public sealed class OperationCommandTests : ClusterTests
{
    [Fact]
    public async Task Close_where_Closes_those_that_are_meant_and_no_others()
    {
        await MakeAsync(3, "acme/prod");
        await MakeAsync(2, "acme/test");

        var run = await Run("close", "--where", "namespace=acme/prod", "--yes", "--reason", "the end", "--json");

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal(
            ("Close", "Done", 3, 3, 0),
            (Text(run, "verb"), Text(run, "status"), Number(run, "total"), Number(run, "done"), Number(run, "refused")));
        Assert.Equal(3, (await Cluster.SessionsAsync()).Count(record => record.Status == SessionStatus.Closed && record.Namespace.ToString() == "acme/prod"));
        Assert.Equal(2, (await Cluster.SessionsAsync()).Count(record => record.Status == SessionStatus.Created));
        Assert.All(
            (await Cluster.SessionsAsync()).Where(record => record.Status == SessionStatus.Closed),
            record => Assert.Equal($"{Text(run, "id")}: the end", record.LastChange!.Reason));
    }

    [Fact]
    public async Task Pause_where_Pauses_those_that_are_active()
    {
        await MakeAsync(2, "acme/prod", active: true);
        await MakeAsync(2, "acme/prod");

        var run = await Run("pause", "--where", "namespace=acme/prod", "--yes");

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("2 of 2", run.Out, StringComparison.Ordinal);
        Assert.Equal(2, (await Cluster.SessionsAsync()).Count(record => record.Status == SessionStatus.Paused));
    }

    [Fact]
    public async Task Dry_run_Shows_what_is_meant_and_changes_nothing()
    {
        await MakeAsync(25, "acme/prod");
        await MakeAsync(1, "acme/prod", active: true);

        var person = await Run("close", "--where", "namespace=acme/prod", "--dry-run");
        var machine = await Run("close", "--where", "namespace=acme/prod status=active,closed", "--dry-run", "--json");

        Assert.Equal((ExitCodes.Done, ExitCodes.Done), (person.ExitCode, machine.ExitCode));
        foreach (var words in new[] { "would close", "26 sessions: namespace=acme/prod status=creating,created", "Created", "25" })
        {
            Assert.Contains(words, person.Out, StringComparison.Ordinal);
        }

        Assert.Equal((1, 1), (Number(machine, "total"), machine.Json.GetProperty("first").GetArrayLength()));
        Assert.DoesNotContain(await Cluster.SessionsAsync(), record => record.Status == SessionStatus.Closed);
        Assert.Empty(await Cluster.OperationsAsync("acme"));
    }

    [Fact]
    public async Task Nobody_to_ask_Needs_a_yes()
    {
        await MakeAsync(1, "acme/prod");

        var run = await Run("close", "--where", "namespace=acme/prod");

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("--yes is needed", run.Error, StringComparison.Ordinal);
        Assert.Empty(await Cluster.OperationsAsync("acme"));
    }

    [Theory]
    [InlineData("y\n", ExitCodes.Done, 2)]
    [InlineData("n\n", ExitCodes.Refused, 0)]
    [InlineData("", ExitCodes.Refused, 0)]
    public async Task Person_asked_Decides(string answer, int exitCode, int closed)
    {
        await MakeAsync(2, "acme/prod");

        var run = await ToolRun.Of(
            Cluster, ["close", "--where", "namespace=acme/prod"], input: Encoding.UTF8.GetBytes(answer), isTerminal: true);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains("Close them all? [y/N]", run.Error, StringComparison.Ordinal);
        Assert.Equal(closed, (await Cluster.SessionsAsync()).Count(record => record.Status == SessionStatus.Closed));
    }

    [Fact]
    public async Task Refusals_Are_shown_and_make_the_exit_code()
    {
        await using var refusing = new TestCluster
        {
            Calls = new() { Refuse = command => command is CloseSession ? new() { Code = SessionErrorCode.PermissionDenied, Message = "not you" } : null },
        };
        await ToolRun.Of(refusing, ["create", "--namespace", "acme/prod", "--creator", "alice"]);

        var run = await ToolRun.Of(refusing, ["close", "--where", "namespace=acme/prod", "--yes"]);

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("PermissionDenied: not you", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detached_operation_Can_be_found_followed_and_cancelled()
    {
        await MakeAsync(2, "acme/prod");
        Cluster.Calls.HoldOperations();

        var started = await Run("close", "--where", "namespace=acme/prod", "--yes", "--detach", "--json");
        var id = Text(started, "id");
        var listed = await Run("operations", "list", "acme", "--json");
        var shown = await Run("operations", "get", id);
        var none = await Run("operations", "list", "acme", "--by", "bob", "--json");
        var cancelled = await Run("operations", "cancel", id, "--reason", "a mistake", "--json");
        Cluster.Calls.Release();
        var followed = await Run("operations", "get", id, "--follow");

        Assert.Equal((ExitCodes.Done, "Running"), (started.ExitCode, Text(started, "status")));
        Assert.Equal([id], listed.Json.GetProperty("operations").EnumerateArray().Select(one => one.GetProperty("id").GetString()!));
        Assert.Contains("Close all", shown.Out, StringComparison.Ordinal);
        Assert.Equal(0, none.Json.GetProperty("operations").GetArrayLength());
        Assert.Equal((ExitCodes.Done, "Cancelling"), (cancelled.ExitCode, Text(cancelled, "status")));
        Assert.Contains("a mistake", followed.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, followed.ExitCode);
        Assert.DoesNotContain(await Cluster.SessionsAsync(), record => record.Status == SessionStatus.Closed);
    }

    [Fact]
    public async Task Interrupted_follower_Leaves_the_operation_alone_and_says_its_id()
    {
        await MakeAsync(1, "acme/prod");
        using var stop = new CancellationTokenSource();
        Cluster.Calls.HoldOperations(onFollowed: stop.Cancel);

        var run = await ToolRun.Of(Cluster, ["close", "--where", "namespace=acme/prod", "--yes"], stop: stop);

        var operation = Assert.Single(await Cluster.OperationsAsync("acme"));
        Assert.Equal((ExitCodes.Interrupted, OperationStatus.Running), (run.ExitCode, operation.Status));
        Assert.Contains($"The operation {operation.Id} goes on.", run.Error, StringComparison.Ordinal);
        Assert.Contains($"sessions operations cancel {operation.Id}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_operation_Is_refused()
    {
        var run = await Run("operations", "get", "o-00000000000000000000000001", "--json");

        Assert.Equal((ExitCodes.Refused, "OperationNotFound"), (run.ExitCode, run.ErrorJson.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("close")]
    [InlineData("pause")]
    [InlineData("close", "s-00000000000000000000000001", "--where", "namespace=a")]
    [InlineData("close", "s-00000000000000000000000001", "--dry-run")]
    [InlineData("pause", "s-00000000000000000000000001", "--yes")]
    [InlineData("close", "--where", "colour=red", "--yes")]
    [InlineData("operations", "get", "s-00000000000000000000000001")]
    public async Task Wrong_usage_Is_refused_before_anything_is_sent(params string[] args) =>
        Assert.Equal(ExitCodes.Usage, (await ToolRun.Of(null, args)).ExitCode);

    [Fact]
    public async Task Query_without_a_namespace_Is_refused()
    {
        var run = await Run("close", "--where", "status=active", "--yes", "--json");

        Assert.Equal((ExitCodes.Refused, "InvalidConfiguration"), (run.ExitCode, run.ErrorJson.GetProperty("code").GetString()));
    }

    private Task<ToolRun> Run(params string[] args) => ToolRun.Of(Cluster, args);

    private async Task MakeAsync(int count, string within, bool active = false)
    {
        for (var n = 0; n < count; n++)
        {
            string[] create = ["create", "--namespace", within, "--creator", "alice"];
            Assert.Equal(ExitCodes.Done, (await Run([.. create, .. active ? (string[])["--activate"] : []])).ExitCode);
        }
    }

    private static string Text(ToolRun run, string property) => run.Json.GetProperty(property).GetString()!;

    private static int Number(ToolRun run, string property) => run.Json.GetProperty(property).GetInt32();
}
