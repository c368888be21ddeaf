namespace Sessions.Client.Tests;

public class WaitForPlaceTests
{
    private static readonly SessionNamespace Acme = SessionNamespace.Parse("acme");
    private static readonly SessionNamespace Prod = SessionNamespace.Parse("acme/prod");
    private static readonly ActivateSessionOptions Patient = new() { WaitForPlace = TimeSpan.FromMinutes(5), Reason = "soon" };

    [Fact]
    public async Task Where_there_is_room_Nobody_is_asked_for_a_place()
    {
        using var client = new TestClient(new ScriptedGrain(Step.Answer(SessionStatus.Active, 2)));

        await client.Handle.ActivateAsync(Patient);

        Assert.Empty(client.QueuesAsked);
    }

    [Fact]
    public async Task Where_there_is_none_Who_does_not_want_to_wait_is_refused()
    {
        using var client = new TestClient(new ScriptedGrain(Full(Acme)));

        var refused = await Assert.ThrowsAsync<PolicyViolationException>(() => client.Handle.ActivateAsync());

        Assert.Equal((Acme, TimeSpan.FromSeconds(1)), (refused.Namespace, refused.RetryAfter));
        Assert.Empty(client.QueuesAsked);
    }

    [Fact]
    public async Task Whoever_waits_Enters_with_its_command_is_told_where_it_stands_and_gets_the_session()
    {
        var queue = new ScriptedQueue(Stands(3), Stands(2), Stands(1), Live());
        var (grain, told) = (new ScriptedGrain(Full(Acme)), new Told());
        using var client = new TestClient(grain) { QueueGrain = queue };

        var session = await client.Handle.ActivateAsync(Patient with { Progress = told });

        Assert.Equal((SessionStatus.Active, 4L), (session.Status, client.Handle.LastSeenVersion));
        Assert.Equal([3, 2, 1], told.Positions);
        var request = Assert.Single(queue.Entered);
        Assert.Equal((TestClient.Id, TimeSpan.FromMinutes(5)), (request.Session, request.Wait));
        Assert.Null(request.Ticket);
        Assert.Equal(Assert.Single(grain.Commands), request.Command);
        Assert.Equal(("soon", Principal.Parse("tester")), (request.Command.Reason, request.Command.Actor));
        Assert.All(queue.Waits, wait => Assert.Equal((Ticket, TimeSpan.FromSeconds(2)), wait));
        Assert.Empty(queue.Left);
    }

    [Fact]
    public async Task Far_behind_It_asks_less_often()
    {
        var queue = new ScriptedQueue(Stands(101), Live());
        using var client = new TestClient(new ScriptedGrain(Full(Acme)), options => options.ResponseTimeout = TimeSpan.FromSeconds(60)) { QueueGrain = queue };

        await client.Handle.ActivateAsync(Patient);

        Assert.Equal(TimeSpan.FromSeconds(10), Assert.Single(queue.Waits).Patience);
    }

    [Fact]
    public async Task Line_that_has_forgotten_it_Is_entered_again_with_the_ticket()
    {
        var queue = new ScriptedQueue(Stands(1), () => new QueueReply(), Stands(1), Live());
        using var client = new TestClient(new ScriptedGrain(Full(Acme))) { QueueGrain = queue };

        await client.SucceedsAsync(client.Handle.ActivateAsync(Patient));

        Assert.Equal([null, Ticket], queue.Entered.Select(request => request.Ticket));
        Assert.Single(queue.Entered.Select(request => request.Command).Distinct());
    }

    [Fact]
    public async Task Another_maximum_that_is_full_Is_waited_for_with_the_same_ticket()
    {
        var queue = new ScriptedQueue(Stands(1), Refused(FullOf(Acme)), Stands(5), Live());
        using var client = new TestClient(new ScriptedGrain(Full(Prod))) { QueueGrain = queue };

        await client.SucceedsAsync(client.Handle.ActivateAsync(Patient));

        Assert.Equal([Prod, Prod, Acme, Acme], client.QueuesAsked);
        Assert.Equal([null, Ticket], queue.Entered.Select(request => request.Ticket));
    }

    [Fact]
    public async Task Refusal_of_the_line_Is_thrown_and_the_line_is_not_left_once_more()
    {
        var queue = new ScriptedQueue(Stands(1), Refused(FullOf(Acme)));
        using var client = new TestClient(new ScriptedGrain(Full(Acme))) { QueueGrain = queue };

        var refused = await Assert.ThrowsAsync<PolicyViolationException>(() => client.Handle.ActivateAsync(Patient));

        Assert.Equal(Acme, refused.Namespace);
        Assert.Empty(queue.Left);
    }

    [Fact]
    public async Task Session_that_has_ended_meanwhile_Is_thrown_as_what_it_is()
    {
        var queue = new ScriptedQueue(Stands(1), Refused(new() { Code = SessionErrorCode.InvalidTransition, Status = SessionStatus.Closed, Message = "no" }));
        using var client = new TestClient(new ScriptedGrain(Full(Acme))) { QueueGrain = queue };

        Assert.Equal(SessionStatus.Closed, (await Assert.ThrowsAsync<InvalidTransitionException>(() => client.Handle.ActivateAsync(Patient))).Status);
    }

    [Fact]
    public async Task Cancellation_Leaves_the_line()
    {
        using var stop = new CancellationTokenSource();
        var queue = new ScriptedQueue(Stands(1), () =>
        {
            stop.Cancel();
            return Stands(1)();
        });
        using var client = new TestClient(new ScriptedGrain(Full(Acme))) { QueueGrain = queue };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Handle.ActivateAsync(Patient, stop.Token));

        Assert.Equal([Ticket], queue.Left);
    }

    [Fact]
    public async Task Line_that_cannot_be_left_Hides_nothing_of_why_the_waiting_ended()
    {
        var queue = new ScriptedQueue(Stands(1), () => throw new InvalidOperationException("broken")) { LeaveFault = new InvalidOperationException("deaf") };
        using var client = new TestClient(new ScriptedGrain(Full(Acme))) { QueueGrain = queue };

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => client.Handle.ActivateAsync(Patient));

        Assert.Equal(("broken", Ticket), (thrown.Message, Assert.Single(queue.Left)));
    }

    [Fact]
    public async Task Line_that_gives_no_answer_Is_asked_again_until_the_outcome_counts_as_unknown()
    {
        var away = new SessionError { Code = SessionErrorCode.Unavailable, Message = "busy" };
        var queue = new ScriptedQueue(Refused(away), () => throw new TimeoutException(), Stands(1), () => throw new TimeoutException(), Live());
        using var client = new TestClient(new ScriptedGrain(Full(Acme))) { QueueGrain = queue };
        await client.SucceedsAsync(client.Handle.ActivateAsync(Patient));
        Assert.Single(queue.Entered.Select(request => request.Command.CommandId).Distinct());

        var dead = new ScriptedQueue(Stands(1), () => throw new TimeoutException());
        using var other = new TestClient(new ScriptedGrain(Full(Acme))) { QueueGrain = dead };
        var unknown = await other.FailsWithAsync<UnavailableException>(other.Handle.ActivateAsync(Patient));

        Assert.Equal(TestClient.Id, unknown.SessionId);
        Assert.Contains(dead.Entered[0].Command.CommandId.ToString(), unknown.Message, StringComparison.Ordinal);
        Assert.Equal([Ticket], dead.Left);
    }

    [Fact]
    public async Task Provisioner_that_works_Is_waited_for_as_ever()
    {
        var queue = new ScriptedQueue(Live(SessionStatus.Activating));
        using var client = new TestClient(new ScriptedGrain(Full(Acme), Step.Answer(SessionStatus.Active, 5))) { QueueGrain = queue };

        Assert.Equal(SessionStatus.Active, (await client.SucceedsAsync(client.Handle.ActivateAsync(Patient))).Status);
    }

    [Theory]
    [InlineData(999)]
    [InlineData((3600 * 1000) + 1)]
    public async Task Wait_that_is_out_of_range_Is_refused_before_anything_is_sent(int milliseconds)
    {
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Active, 2));
        using var client = new TestClient(grain);

        var refused = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => client.Handle.ActivateAsync(new() { WaitForPlace = TimeSpan.FromMilliseconds(milliseconds) }));

        Assert.Equal("waitForPlace", Assert.Single(refused.Faults).Field);
        Assert.Empty(grain.Commands);
    }

    private static readonly QueueTicket Ticket = new(TestClient.Id, CommandId.New(), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMinutes(5));

    private static SessionError FullOf(SessionNamespace name) => new()
    {
        Code = SessionErrorCode.PolicyViolation,
        Dimension = "liveSessions",
        Namespace = name,
        RetryAfter = TimeSpan.FromSeconds(1),
        Message = "full",
    };

    private static Func<ValueTask<SessionReply>> Full(SessionNamespace name) => Step.Refuse(FullOf(name));

    private static Func<QueueReply> Stands(int position) =>
        () => new QueueReply { Place = new(Acme, position, 200, TimeSpan.FromSeconds(position)), Ticket = Ticket };

    private static Func<QueueReply> Refused(SessionError refusal) => () => new QueueReply { Refusal = refusal };

    private static Func<QueueReply> Live(SessionStatus status = SessionStatus.Active) =>
        () => new QueueReply { Snapshot = new() { Id = TestClient.Id, Status = status, Version = 4 } };

    private sealed class Told : IProgress<QueuePlace>
    {
        public List<int> Positions { get; } = [];

        public void Report(QueuePlace value) => Positions.Add(value.Position);
    }

    /// <summary>A line that answers from a script, one step for each question.</summary>
    private sealed class ScriptedQueue(params Func<QueueReply>[] script) : IAdmissionQueueGrain
    {
        private readonly Queue<Func<QueueReply>> steps = new(script);

        public List<EnterQueue> Entered { get; } = [];

        public List<(QueueTicket Ticket, TimeSpan Patience)> Waits { get; } = [];

        public List<QueueTicket> Left { get; } = [];

        public Exception? LeaveFault { get; init; }

        public ValueTask<QueueReply> Enter(EnterQueue request)
        {
            Entered.Add(request);
            return Next();
        }

        public ValueTask<QueueReply> Wait(QueueTicket ticket, TimeSpan patience)
        {
            Waits.Add((ticket, patience));
            return Next();
        }

        public ValueTask Leave(QueueTicket ticket)
        {
            Left.Add(ticket);
            return LeaveFault is { } fault ? throw fault : ValueTask.CompletedTask;
        }

        // The last step is for ever, so that a script can say "and so on".
        private ValueTask<QueueReply> Next() => new((steps.Count > 1 ? steps.Dequeue() : steps.Peek())());
    }
}
