using Sessions.Core;
using Sessions.TestKit;

namespace Sessions.Client.Tests;

public class StrictTests
{
    private static readonly FunctionName Echo = FunctionName.Parse("echo");
    private static readonly TimeSpan StartWithin = TimeSpan.FromMilliseconds(500);
    private static readonly ExecuteOptions Strictly = new() { Strict = true };

    [Fact]
    public async Task One_call_admits_and_one_settles()
    {
        var grain = new ScriptedGrain { OnBegin = _ => Task.FromResult(Admitted(TimeSpan.FromSeconds(3))) };
        using var client = new TestClient(grain, options => options.Admission = AdmissionMode.Strict);

        var result = await client.Handle.ExecuteAsync(Echo, context =>
        {
            Assert.Equal((5L, SessionPermissions.ExecuteFunctions, 3L), (context.Epoch, context.Permissions, context.Left.Executions));
            client.Time.Jump(TimeSpan.FromMilliseconds(250));
            return new ValueTask<string>("done");
        }, new() { RunFor = TimeSpan.FromSeconds(3) });

        Assert.Equal("done", result);
        var (begun, settled) = (Assert.Single(grain.Begun), Assert.Single(grain.Settled));
        Assert.Equal((begun.Execution, begun.Holder), (settled.Execution, settled.Holder));
        Assert.Equal((ExecutionOutcome.Succeeded, TimeSpan.FromMilliseconds(250)), (settled.Outcome, settled.Duration));
        Assert.Equal((Echo, 0, TimeSpan.FromSeconds(3)), (begun.Admission.Function, begun.Admission.Depth, begun.RunFor!.Value));
    }

    [Fact]
    public async Task Refused_Is_typed_and_settles_nothing()
    {
        var grain = new ScriptedGrain { OnBegin = _ => Task.FromResult(Refused(SessionErrorCode.SessionExpired)) };
        using var client = new TestClient(grain);

        await Assert.ThrowsAsync<SessionExpiredException>(async () => await client.Handle.ExecuteAsync(Echo, _ => default, Strictly));

        Assert.Empty(grain.Settled);
    }

    [Fact]
    public async Task Outcome_unknown_Is_asked_again_under_the_same_id()
    {
        var attempts = 0;
        var grain = new ScriptedGrain
        {
            OnBegin = _ => attempts++ == 0
                ? Task.FromException<ExecutionReply>(new TimeoutException())
                : Task.FromResult(Admitted(TimeSpan.FromSeconds(3))),
        };
        using var client = new TestClient(grain);

        await client.Time.RunAsync(client.Handle.ExecuteAsync(Echo, _ => default, Strictly).AsTask());

        Assert.Equal(2, grain.Begun.Count);
        Assert.Same(grain.Begun[0], grain.Begun[1]);
        Assert.Equal(ExecutionOutcome.Succeeded, Assert.Single(grain.Settled).Outcome);
    }

    // The first attempt may have been admitted, and keeps its place until it is settled.
    [Theory]
    [InlineData(SessionErrorCode.SessionNotActive)]
    [InlineData(SessionErrorCode.Unavailable)]
    public async Task Outcome_unknown_and_refused_then_Is_settled_all_the_same(SessionErrorCode then)
    {
        var attempts = 0;
        var grain = new ScriptedGrain
        {
            OnBegin = _ => attempts++ == 0
                ? Task.FromException<ExecutionReply>(new TimeoutException())
                : Task.FromResult(Refused(then)),
        };
        using var client = new TestClient(grain);

        var call = client.Handle.ExecuteAsync(Echo, _ => default, Strictly).AsTask();
        await client.Time.RunAsync(call.ContinueWith(_ => { }, TaskScheduler.Default));

        Assert.Equal(then, (await Assert.ThrowsAnyAsync<SessionException>(() => call)).Code);
        await Eventually.Holds(() => grain.Settled.Count == 1, "it is settled");
        Assert.Equal((grain.Begun[0].Execution, ExecutionOutcome.Cancelled), (grain.Settled[0].Execution, grain.Settled[0].Outcome));
    }

    [Fact]
    public async Task Answer_that_comes_too_late_Admits_nothing_and_is_taken_back()
    {
        var grain = new ScriptedGrain();
        using var client = new TestClient(grain, options => options.RetryBudget = TimeSpan.Zero);
        grain.OnBegin = _ =>
        {
            client.Time.Jump(StartWithin);
            return Task.FromResult(Admitted(TimeSpan.FromSeconds(3)));
        };
        var ran = false;

        await Assert.ThrowsAsync<UnavailableException>(async () => await client.Handle.ExecuteAsync(
            Echo,
            _ =>
            {
                ran = true;
                return default;
            },
            Strictly));

        Assert.False(ran);
        await Eventually.Holds(() => grain.Settled.Count == 1, "it is settled");
        Assert.Equal((ExecutionOutcome.Cancelled, TimeSpan.Zero, true), (grain.Settled[0].Outcome, grain.Settled[0].Duration, grain.Settled[0].NeverBegan));
    }

    [Fact]
    public async Task Answer_that_comes_too_late_Is_followed_by_another_admission_under_another_id()
    {
        var grain = new ScriptedGrain();
        using var client = new TestClient(grain);
        grain.OnBegin = _ =>
        {
            client.Time.Jump(grain.Begun.Count == 1 ? StartWithin : TimeSpan.Zero);
            return Task.FromResult(Admitted(TimeSpan.FromSeconds(3)));
        };

        // While the first one is not taken back it has the place that another would ask for.
        var (arrived, taken) = (new TaskCompletionSource(), new TaskCompletionSource());
        grain.OnSettle = () =>
        {
            arrived.TrySetResult();
            return taken.Task;
        };
        var executing = client.Handle.ExecuteAsync(Echo, _ => default, Strictly).AsTask();
        await arrived.Task;
        Assert.Single(grain.Begun);
        taken.SetResult();
        await executing;

        Assert.Equal(2, grain.Begun.Select(begun => begun.Execution).Distinct().Count());
        await Eventually.Holds(() => grain.Settled.Count == 2, "both are settled");
        Assert.Equal(
            ExecutionOutcome.Cancelled, grain.Settled.Single(settled => settled.Execution == grain.Begun[0].Execution).Outcome);
        Assert.Equal(
            ExecutionOutcome.Succeeded, grain.Settled.Single(settled => settled.Execution == grain.Begun[1].Execution).Outcome);
    }

    // The library repeated its own Begin after the session had ended the execution, and the caller was told of a conflict that it had no part in.
    [Fact]
    public async Task Repetition_that_finds_its_execution_ended_Begins_another_one()
    {
        var grain = new ScriptedGrain();
        using var client = new TestClient(grain);
        grain.OnBegin = request => grain.Begun.Count switch
        {
            1 => Task.FromException<ExecutionReply>(new TimeoutException("The answer was lost.")),
            2 => Task.FromResult(Refused(SessionErrorCode.CommandConflict)),
            _ => Task.FromResult(Admitted(TimeSpan.FromSeconds(3))),
        };

        await client.Time.RunAsync(client.Handle.ExecuteAsync(Echo, _ => default, Strictly).AsTask());

        Assert.Same(grain.Begun[0], grain.Begun[1]);
        Assert.NotEqual(grain.Begun[0].Execution, grain.Begun[2].Execution);
        Assert.Equal(grain.Begun[2].Execution, Assert.Single(grain.Settled).Execution);
    }

    [Fact]
    public async Task Running_longer_Asks_for_more_at_half_and_stops_asking_at_the_end()
    {
        var grain = new ScriptedGrain
        {
            OnBegin = _ => Task.FromResult(Admitted(TimeSpan.FromSeconds(2))),
            OnExtend = _ => Task.FromResult(Admitted(TimeSpan.FromSeconds(2))),
        };
        using var client = new TestClient(grain);
        var finish = new TaskCompletionSource();
        var running = client.Handle.ExecuteAsync(Echo, async _ => await finish.Task, Strictly).AsTask();

        client.Time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Empty(grain.Extended);
        client.Time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Single(grain.Extended);
        client.Time.Advance(TimeSpan.FromSeconds(5));
        var extended = grain.Extended.Count;
        Assert.InRange(extended, 5, 7);
        Assert.All(grain.Extended, request => Assert.Equal(grain.Begun[0].Execution, request.Execution));

        finish.SetResult();
        await running;
        client.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(extended, grain.Extended.Count);
    }

    [Fact]
    public async Task Extension_refused_Cancels_and_that_is_the_reason_that_comes_out()
    {
        var grain = new ScriptedGrain
        {
            OnBegin = _ => Task.FromResult(Admitted(TimeSpan.FromSeconds(2))),
            OnExtend = _ => Task.FromResult(Refused(SessionErrorCode.SessionNotActive)),
        };
        using var client = new TestClient(grain);
        var running = BeginAsync(client);

        client.Time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<SessionNotActiveException>(() => running);
        Assert.Equal(ExecutionOutcome.Cancelled, Assert.Single(grain.Settled).Outcome);
    }

    [Fact]
    public async Task Extension_never_answered_Cancels_at_the_end_of_the_time()
    {
        var grain = new ScriptedGrain
        {
            OnBegin = _ => Task.FromResult(Admitted(TimeSpan.FromSeconds(2))),
            OnExtend = _ => Task.FromException<ExecutionReply>(new TimeoutException()),
        };
        using var client = new TestClient(grain);
        var running = BeginAsync(client);

        client.Time.Advance(TimeSpan.FromMilliseconds(1_990));
        Assert.False(running.IsCompleted);
        client.Time.Advance(TimeSpan.FromMilliseconds(20));

        await Assert.ThrowsAsync<UnavailableException>(() => running);
    }

    [Theory]
    [InlineData(99)]
    [InlineData(3_600_001)]
    public async Task RunFor_out_of_bounds_Is_refused_unsent(int milliseconds)
    {
        var grain = new ScriptedGrain();
        using var client = new TestClient(grain);

        var thrown = await Assert.ThrowsAsync<InvalidConfigurationException>(async () => await client.Handle.ExecuteAsync(
            Echo, _ => default, Strictly with { RunFor = TimeSpan.FromMilliseconds(milliseconds) }));

        Assert.Equal("runFor", Assert.Single(thrown.Faults).Field);
        Assert.Empty(grain.Begun);
    }

    [Fact]
    public async Task Nested_in_a_strict_one_Is_strict_too()
    {
        var grain = new ScriptedGrain { OnBegin = _ => Task.FromResult(Admitted(TimeSpan.FromSeconds(3))) };
        using var client = new TestClient(grain);

        await client.Handle.ExecuteAsync(Echo, async context => await context.ExecuteAsync(Echo, _ => default), Strictly);

        Assert.Equal([0, 1], grain.Begun.Select(begun => begun.Admission.Depth));
        Assert.Equal(2, grain.Settled.Count);
    }

    private static Task BeginAsync(TestClient client) => client.Handle.ExecuteAsync(
        Echo, async context => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken), Strictly).AsTask();

    private static ExecutionReply Admitted(TimeSpan runFor) => new()
    {
        RunFor = runFor,
        StartWithin = StartWithin,
        Epoch = 5,
        Decision = new AdmissionDecision
        {
            SessionId = TestClient.Id,
            Permissions = SessionPermissions.ExecuteFunctions,
            Left = new QuotaMargins(3, null, null, null),
        },
    };

    private static ExecutionReply Refused(SessionErrorCode code) => new()
    {
        Decision = new AdmissionDecision { Refusal = new SessionError { Code = code, Message = "no" } },
    };
}
