namespace Sessions.Client.Tests;

public class ChildrenTests
{
    private static readonly SessionId Child = SessionId.Parse("s-00000000000000000000000002");

    [Fact]
    public async Task Opening_Says_what_the_options_say_and_knows_both_sessions_after()
    {
        var family = new ScriptedFamily(_ => Opened());
        using var client = new TestClient(new ScriptedGrain(Step.Answer(SessionStatus.Active, 1))) { Families = family };
        var overrides = new SessionOverrides { Quotas = new() { Executions = 4 } };

        var child = await client.Handle.OpenChildAsync(new()
        {
            Id = Child,
            Namespace = SessionNamespace.Parse("acme/test/below"),
            Creator = Principal.Parse("bob"),
            Overrides = overrides,
            Reason = "split",
        });
        await client.Handle.OpenChildAsync();

        var (said, bare) = (family.Commands[0], family.Commands[1]);
        Assert.Equal((Child, "acme/test/below", "bob", "split"), (said.Child, said.Specification.Namespace.ToString(), said.Specification.Creator.ToString(), said.Reason));
        Assert.Equal((overrides, Principal.Parse("tester")), (said.Specification.Overrides, said.Actor));
        Assert.True(bare.Specification.Namespace.IsDefault);
        Assert.False(bare.Child.IsDefault);
        Assert.Equal((Child, 3L), (child.Id, child.LastSeenVersion));
        Assert.Equal(7, client.Handle.LastSeenVersion);
    }

    [Fact]
    public async Task Unknown_outcome_Is_repeated_to_the_letter()
    {
        var calls = 0;
        var family = new ScriptedFamily(_ => calls++ < 2 ? throw new TimeoutException() : Opened());
        using var client = new TestClient(new ScriptedGrain(Step.Answer(SessionStatus.Active, 1))) { Families = family };

        await client.SucceedsAsync(client.Handle.OpenChildAsync());

        Assert.Equal(3, family.Commands.Count);
        Assert.Single(family.Commands.Distinct());
    }

    [Fact]
    public async Task Refusal_Is_thrown_as_its_leaf_and_nonsense_is_not_sent()
    {
        var family = new ScriptedFamily(_ => new() { Refusal = new() { Code = SessionErrorCode.QuotaExceeded, Dimension = "children" } });
        using var client = new TestClient(new ScriptedGrain(Step.Answer(SessionStatus.Active, 1))) { Families = family };

        Assert.Equal("children", (await Assert.ThrowsAsync<QuotaExceededException>(() => client.Handle.OpenChildAsync())).Error.Dimension);
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => client.Handle.OpenChildAsync(new() { Id = TestClient.Id }));
        await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => client.Handle.OpenChildAsync(new() { Overrides = new() { Quotas = new() { Executions = -1 } } }));
        Assert.Single(family.Commands);
    }

    [Fact]
    public async Task Context_Opens_children_until_its_execution_has_ended()
    {
        var family = new ScriptedFamily(_ => Opened());
        using var client = new TestClient(new LeasedSessions()) { Families = family };
        SessionContext? kept = null;

        await client.Handle.ExecuteAsync(FunctionName.Parse("split"), async context =>
        {
            kept = context;
            await context.OpenChildAsync(new() { Id = Child });
        });

        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => kept!.OpenChildAsync());
        Assert.Equal(Child, Assert.Single(family.Commands).Child);
    }

    private static OpenChildReply Opened() => new()
    {
        Child = new() { Id = Child, Status = SessionStatus.Created, Version = 3 },
        Parent = new() { Id = TestClient.Id, Status = SessionStatus.Active, Version = 7, Children = [Child] },
    };

    private sealed class ScriptedFamily(Func<OpenChildSession, OpenChildReply> answer) : ISessionFamilyGrain
    {
        public List<OpenChildSession> Commands { get; } = [];

        public ValueTask<OpenChildReply> OpenChild(OpenChildSession command)
        {
            Commands.Add(command);
            return new(answer(command));
        }
    }
}
