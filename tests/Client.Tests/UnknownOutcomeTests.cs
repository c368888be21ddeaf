using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Sessions.Client.Tests;

public class UnknownOutcomeTests
{
    public static TheoryData<string, Func<Exception>> Unknown => new()
    {
        { "timeout", () => new TimeoutException("no answer") },
        { "silo", () => new SiloUnavailableException("gone") },
        { "rejection", Unconstructed<OrleansMessageRejectionException> },
        { "busy", () => new GatewayTooBusyException() },
        { "client", Unconstructed<ClientNotAvailableException> },
        { "connection", () => new Orleans.Runtime.Messaging.ConnectionFailedException("refused") },
        { "socket", () => new SocketException((int)SocketError.ConnectionReset) },
        { "expired", () => new OperationCanceledException("Message expired before placement could complete.") },
        { "cancelled by nobody here", () => new TaskCanceledException() },
        { "disposed silo", () => new ObjectDisposedException("IServiceProvider") },
        { "codec", () => new Orleans.Serialization.CodecNotFoundException("Could not find a codec for type Npgsql.NpgsqlException.") },
        { "database", () => new Npgsql.NpgsqlException("Exception while reading from stream") },
        { "manifest", () => new ArgumentException("Could not find an implementation for interface sessions.ISessionGrain") },
        { "unavailable", () => new SessionException(new SessionError { Code = SessionErrorCode.Unavailable, Message = "store away" }) },
    };

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task Outcome_unknown_twice_The_same_command_is_repeated(string name, Func<Exception> fault)
    {
        var grain = new ScriptedGrain(Step.Throw(fault), Step.Throw(fault), Step.Answer(SessionStatus.Active, 2));
        using var client = new TestClient(grain);

        var snapshot = await client.SucceedsAsync(client.Handle.ActivateAsync());

        Assert.True(snapshot.Status == SessionStatus.Active, name);
        Assert.Equal(3, grain.Commands.Count);
        Assert.False(grain.Commands[0].CommandId.IsDefault);
        Assert.All(grain.Commands, command => Assert.Same(grain.Commands[0], command));
    }

    [Fact]
    public async Task Unavailable_as_a_value_Is_repeated_and_its_retry_after_is_heard()
    {
        var away = new SessionError { Code = SessionErrorCode.Unavailable, Message = "store away", RetryAfter = TimeSpan.FromSeconds(1.5) };
        var grain = new ScriptedGrain(Step.Refuse(away), Step.Answer(SessionStatus.Paused, 3));
        using var client = new TestClient(grain);
        var start = client.Time.GetUtcNow();

        await client.SucceedsAsync(client.Handle.PauseAsync());

        Assert.Equal(TimeSpan.FromSeconds(1.5), client.Time.GetUtcNow() - start);
        Assert.Equal(grain.Commands[0].CommandId, grain.Commands[1].CommandId);
    }

    [Fact]
    public async Task Never_known_Gives_up_within_the_budget_and_says_how_to_learn_it()
    {
        var grain = new ScriptedGrain(Step.Throw(() => new TimeoutException("no answer")));
        using var client = new TestClient(grain, options => options.RetryBudget = TimeSpan.FromSeconds(20));
        var start = client.Time.GetUtcNow();
        var command = CommandId.New();

        var thrown = await client.FailsWithAsync<UnavailableException>(
            client.Handle.CloseAsync(new() { CommandId = command }));

        var elapsed = client.Time.GetUtcNow() - start;
        Assert.InRange(elapsed, TimeSpan.FromSeconds(17), TimeSpan.FromSeconds(20));

        // Twenty seconds of pauses that grow to two seconds at most, and of one at least once grown.
        Assert.InRange(grain.Commands.Count, 14, 40);
        Assert.All(grain.Commands, sent => Assert.Equal(command, sent.CommandId));
        Assert.Contains(command.ToString(), thrown.Message, StringComparison.Ordinal);
        Assert.Contains("no answer", thrown.Message, StringComparison.Ordinal);
        Assert.IsType<TimeoutException>(thrown.InnerException);
        Assert.Equal(TestClient.Id, thrown.SessionId);
        Assert.Equal(SessionVerb.Close, thrown.Error.Verb);
    }

    [Fact]
    public async Task Every_attempt_changed_nothing_That_is_what_is_said()
    {
        var grain = new ScriptedGrain(Step.Refuse(DiskFull));
        using var client = new TestClient(grain);

        var thrown = await client.FailsWithAsync<UnavailableException>(client.Handle.CloseAsync());

        Assert.True(thrown.Error.NothingChanged);
        Assert.Matches("^Close was not done in [0-9]+ attempts, and nothing was changed; try again later. Last cause: The disk is full.$", thrown.Message);
    }

    [Fact]
    public async Task One_attempt_may_have_been_done_The_outcome_is_unknown_whatever_later_ones_say()
    {
        var grain = new ScriptedGrain(Step.Throw(() => new TimeoutException("no answer")), Step.Refuse(DiskFull));
        using var client = new TestClient(grain);

        var thrown = await client.FailsWithAsync<UnavailableException>(client.Handle.CloseAsync());

        Assert.False(thrown.Error.NothingChanged);
        Assert.StartsWith("The outcome of Close is unknown after ", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_by_the_cluster_while_the_callers_token_is_not_Is_repeated()
    {
        var grain = new ScriptedGrain(
            Step.Throw(() => new OperationCanceledException("The operation was canceled.")), Step.Answer(SessionStatus.Paused, 3));
        using var client = new TestClient(grain);
        using var never = new CancellationTokenSource();

        await client.SucceedsAsync(client.Handle.PauseAsync(cancellationToken: never.Token));

        Assert.Equal(2, grain.Commands.Count);
    }

    [Fact]
    public async Task Never_answered_The_last_attempt_is_cut_by_the_budget()
    {
        var grain = new ScriptedGrain(Step.Throw(() => new TimeoutException()), Step.Hang());
        using var client = new TestClient(grain, options => options.RetryBudget = TimeSpan.FromSeconds(12));
        var start = client.Time.GetUtcNow();

        await client.FailsWithAsync<UnavailableException>(client.Handle.GetAsync());

        Assert.Equal(TimeSpan.FromSeconds(12), client.Time.GetUtcNow() - start);
        Assert.Equal(2, grain.Calls);
    }

    [Fact]
    public async Task Budget_of_zero_Never_repeats()
    {
        var grain = new ScriptedGrain(Step.Throw(() => new TimeoutException()));
        using var client = new TestClient(grain, options => options.RetryBudget = TimeSpan.Zero);

        await client.FailsWithAsync<UnavailableException>(client.Handle.PauseAsync());

        Assert.Single(grain.Commands);
    }

    [Fact]
    public async Task Fault_of_another_kind_Is_thrown_as_it_is_and_not_repeated()
    {
        var grain = new ScriptedGrain(Step.Throw(() => new NotSupportedException("ours")));
        using var client = new TestClient(grain);

        await client.FailsWithAsync<NotSupportedException>(client.Handle.PauseAsync());

        Assert.Single(grain.Commands);
    }

    [Fact]
    public async Task Cancelled_while_nothing_answers_Stops_at_once()
    {
        var grain = new ScriptedGrain(Step.Hang());
        using var client = new TestClient(grain);
        using var stop = new CancellationTokenSource();
        var call = client.Handle.PauseAsync(cancellationToken: stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Single(grain.Commands);
    }

    private static SessionError DiskFull => new() { Code = SessionErrorCode.Unavailable, NothingChanged = true, Message = "The disk is full." };

    // Orleans keeps the constructors of these to itself.
    private static Exception Unconstructed<T>()
        where T : Exception => (Exception)RuntimeHelpers.GetUninitializedObject(typeof(T));

    [Fact]
    public async Task Repeated_and_given_up_Both_are_counted()
    {
        var counts = new Dictionary<string, long>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == SessionsClientMetrics.MeterName)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            // The process has one set of meters; other tests call other verbs.
            if (tags[0].Value is "Resume")
            {
                lock (counts)
                {
                    counts[instrument.Name] = counts.GetValueOrDefault(instrument.Name) + value;
                }
            }
        });
        listener.Start();
        var grain = new ScriptedGrain(Step.Throw(() => new TimeoutException()));
        using var client = new TestClient(grain);

        await client.FailsWithAsync<UnavailableException>(client.Handle.ResumeAsync());

        Assert.Equal(grain.Calls - 1, counts[SessionsClientMetrics.Repeats]);
        Assert.Equal(1, counts[SessionsClientMetrics.UnknownOutcomes]);
    }
}
