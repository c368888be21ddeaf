namespace Sessions.Client.Tests;

public class HandleTests
{
    [Fact]
    public async Task Answer_older_than_one_seen_Does_not_take_the_handle_back()
    {
        var grain = new ScriptedGrain(
            Step.Answer(SessionStatus.Paused, 5), Step.Answer(SessionStatus.Active, 4), Step.Answer(SessionStatus.Closed, 6));
        using var client = new TestClient(grain);
        Assert.Equal(0, client.Handle.LastSeenVersion);

        await client.Handle.GetAsync();
        var stale = await client.Handle.GetAsync();
        var newer = await client.Handle.GetAsync();

        Assert.Equal([0, 5, 5], grain.SeenVersions);
        Assert.Equal(SessionStatus.Paused, stale.Status);
        Assert.Equal(SessionStatus.Closed, newer.Status);
        Assert.Equal(6, client.Handle.LastSeenVersion);
    }

    [Fact]
    public async Task Answers_in_any_order_from_many_callers_The_highest_version_stays()
    {
        var versions = Enumerable.Range(1, 200).Select(n => (long)(n * 37 % 199)).ToArray();
        var grain = new ScriptedGrain([.. versions.Select(version => Step.Answer(SessionStatus.Active, version))]);
        using var client = new TestClient(grain);

        await Parallel.ForEachAsync(versions, async (_, cancellation) =>
        {
            var before = client.Handle.LastSeenVersion;
            var answer = await client.Handle.GetAsync(cancellation);
            Assert.True(answer.Version >= before);
        });

        Assert.Equal(versions.Max(), client.Handle.LastSeenVersion);
    }

    [Fact]
    public async Task Command_Carries_the_highest_version_that_the_handle_has_seen()
    {
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Paused, 5), Step.Answer(SessionStatus.Active, 6));
        using var client = new TestClient(grain);

        await client.Handle.PauseAsync();
        await client.Handle.ResumeAsync();
        await client.Handle.CloseAsync();

        Assert.Equal([0, 5, 6], grain.Commands.Select(command => command.SeenVersion));
    }

    [Fact]
    public async Task Command_Carries_what_the_options_say_and_the_defaults_else()
    {
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Paused, 3));
        using var client = new TestClient(grain);
        var id = CommandId.New();

        await client.Handle.PauseAsync();
        await client.Handle.PauseAsync(new()
        {
            Reason = "lunch",
            Actor = Principal.Parse("bob"),
            CommandId = id,
            ExpectedVersion = 2,
        });

        Assert.Equal((Principal.Parse("tester"), null, null), (grain.Commands[0].Actor, grain.Commands[0].Reason, grain.Commands[0].ExpectedVersion));
        Assert.NotEqual(id, grain.Commands[0].CommandId);
        Assert.Equal(
            (Principal.Parse("bob"), "lunch", 2, id),
            (grain.Commands[1].Actor, grain.Commands[1].Reason, grain.Commands[1].ExpectedVersion, grain.Commands[1].CommandId));
    }

    [Fact]
    public async Task Creation_with_a_provisioner_Waits_by_long_polls_that_end_before_the_call_times_out()
    {
        var grain = new ScriptedGrain(
            Step.Answer(SessionStatus.Creating, 1), Step.Answer(SessionStatus.Creating, 1), Step.Answer(SessionStatus.Created, 2));
        using var client = new TestClient(grain, options => options.ResponseTimeout = TimeSpan.FromSeconds(8));

        var handle = await client.SucceedsAsync(client.Client.CreateAsync(TestClient.Creation));

        Assert.Equal(SessionStatus.Created, handle.LastSeen!.Status);
        Assert.Equal(2, grain.Waits.Count);
        Assert.All(grain.Waits, wait => Assert.Equal((1L, TimeSpan.FromSeconds(4)), wait));
    }

    [Fact]
    public async Task Creation_not_waited_for_Returns_while_the_provisioner_works()
    {
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Creating, 1));
        using var client = new TestClient(grain);

        var handle = await client.Client.CreateAsync(TestClient.Creation with { WaitForProvisioning = false });

        Assert.Equal(SessionStatus.Creating, handle.LastSeen!.Status);
        Assert.Empty(grain.Waits);
    }

    [Fact]
    public async Task Provisioner_that_fails_Surfaces_with_its_words()
    {
        var creating = new ScriptedGrain(
            Step.Answer(SessionStatus.Creating, 1), Step.Answer(SessionStatus.Failed, 2, EndReason.CreationFailed, "disk full"));
        using var first = new TestClient(creating);
        var created = await first.FailsWithAsync<CreationFailedException>(first.Client.CreateAsync(TestClient.Creation));
        Assert.Contains("disk full", created.Message, StringComparison.Ordinal);
        Assert.Equal(TestClient.Id, created.SessionId);

        var activating = new ScriptedGrain(
            Step.Answer(SessionStatus.Activating, 3), Step.Answer(SessionStatus.Failed, 4, EndReason.ActivationFailed, "no node"));
        using var second = new TestClient(activating);
        var activated = await second.FailsWithAsync<ActivationFailedException>(second.Handle.ActivateAsync());
        Assert.Contains("no node", activated.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_Begins_from_the_session_as_it_is_and_not_from_what_was_seen()
    {
        var grain = new ScriptedGrain(
            Step.Answer(SessionStatus.Created, 2), Step.Answer(SessionStatus.Activating, 3), Step.Answer(SessionStatus.Active, 4));
        using var client = new TestClient(grain);
        await client.Handle.GetAsync();

        var settled = await client.Handle.WaitUntilSettledAsync();

        Assert.Equal(SessionStatus.Active, settled.Status);
        Assert.Equal(3, Assert.Single(grain.Waits).Version);
    }

    [Fact]
    public async Task Reservation_Is_sent_with_its_deadline_and_confirmed_without_a_specification()
    {
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Requested, 1), Step.Answer(SessionStatus.Created, 2));
        using var client = new TestClient(grain);

        var handle = await client.Client.RequestAsync(new RequestSessionOptions
        {
            Id = TestClient.Id,
            Namespace = TestClient.Creation.Namespace,
            Creator = TestClient.Creation.Creator,
            Deadline = TimeSpan.FromMinutes(5),
        });
        await handle.CreateAsync();

        Assert.Equal(TimeSpan.FromMinutes(5), Assert.IsType<RequestSession>(grain.Commands[0]).Deadline);
        Assert.Null(Assert.IsType<CreateSession>(grain.Commands[1]).Specification);
    }

    [Fact]
    public async Task Grain_Is_looked_up_once_for_each_handle()
    {
        using var client = new TestClient(new ScriptedGrain(Step.Answer(SessionStatus.Active, 1)));

        await client.Handle.GetAsync();
        await client.Handle.GetAsync();

        Assert.Equal(1, client.Resolved);
    }
}
