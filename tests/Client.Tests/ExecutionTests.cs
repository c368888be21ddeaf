using Sessions.TestKit;

namespace Sessions.Client.Tests;

public class ExecutionTests
{
    private static readonly FunctionName Echo = FunctionName.Parse("echo");

    [Fact]
    public async Task Work_Runs_under_its_context_and_its_result_comes_back()
    {
        var grain = new LeasedSessions { TimeLeft = TimeSpan.FromMinutes(5), Quotas = new() { Executions = 10, Concurrent = 3 } };
        using var client = new TestClient(grain);
        SessionContext? left = null;
        var epoch = 0L;
        grain.OnLease = (_, reply) =>
        {
            epoch = reply.Terms!.Epoch;
            return Task.FromResult(reply);
        };

        var result = await client.Handle.ExecuteAsync(Echo, async context =>
        {
            await Task.Yield();
            left = context;
            Assert.Same(context, SessionContext.Current);
            Assert.Equal((TestClient.Id, Echo, 0, epoch), (context.SessionId, context.Function, context.Depth, context.Epoch));
            Assert.Equal(grain.Permissions, context.Permissions);
            Assert.Equal(TimeSpan.FromMinutes(5), context.TimeLeft);
            Assert.Equal((9L, 2L), (context.Left.Executions, context.Left.Concurrent));
            Assert.False(context.CancellationToken.IsCancellationRequested);
            Assert.Equal(CancellationCause.None, context.CancellationCause);
            return 42;
        });

        Assert.Equal(42, result);
        Assert.Null(SessionContext.Current);
        Assert.True(left!.CancellationToken.IsCancellationRequested);
        Assert.Equal((1L, 0), await SucceededAndRunning(grain));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Work_that_throws_Failed_and_the_exception_comes_out_as_it_is(bool synchronously)
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);

        var thrown = await Assert.ThrowsAsync<FormatException>(async () => await client.Handle.ExecuteAsync(
            Echo, async _ => await (synchronously ? throw new FormatException("bad") : Late())));

        Assert.Equal("bad", thrown.Message);
        var report = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal((1, 1, 0, 0), (report!.Admitted, report.Failed, report.Succeeded, report.Running));

        static async Task Late()
        {
            await Task.Yield();
            throw new FormatException("bad");
        }
    }

    [Fact]
    public async Task Delegate_that_throws_before_it_returns_a_task_Is_settled_too()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);

        await Assert.ThrowsAsync<FormatException>(async () => await client.Handle.ExecuteAsync(Echo, Broken));

        Assert.Equal(1, (await grain.RecallAsync(RecallReason.Idle))!.Failed);

        static ValueTask Broken(SessionContext context) => throw new FormatException();
    }

    [Fact]
    public async Task Callers_own_token_Cancels_and_the_callers_own_exception_comes_out()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        using var own = new CancellationTokenSource();
        var cause = CancellationCause.None;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.Handle.ExecuteAsync(
            Echo,
            async context =>
            {
                var token = context.CancellationToken;
                await own.CancelAsync();
                cause = context.CancellationCause;
                token.ThrowIfCancellationRequested();
            },
            cancellationToken: own.Token));

        Assert.Equal(CancellationCause.Caller, cause);
        Assert.Equal(1, (await grain.RecallAsync(RecallReason.Idle))!.Cancelled);

        // And what is cancelled before it begins asks for nothing.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await client.Handle.ExecuteAsync(Echo, _ => default, cancellationToken: own.Token));
    }

    [Fact]
    public async Task Cancelled_for_a_reason_of_its_own_Is_a_failure()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await client.Handle.ExecuteAsync(Echo, _ => throw new OperationCanceledException()));

        Assert.Equal(1, (await grain.RecallAsync(RecallReason.Idle))!.Failed);
    }

    [Fact]
    public async Task Session_stopped_Cancels_what_runs_at_once_and_that_is_the_reason_that_comes_out()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var (running, cause) = await BeginAsync(client);

        var report = await grain.RecallAsync(RecallReason.Stopped);

        Assert.Equal((1L, 1), (report!.Admitted, report.Running));
        await Assert.ThrowsAsync<SessionNotActiveException>(() => running);
        Assert.Equal(CancellationCause.Stopped, cause());
        Assert.Equal(1, (await grain.RecallAsync(RecallReason.Idle))!.Cancelled);
    }

    [Fact]
    public async Task Stopped_and_resumed_What_is_admitted_after_is_not_cancelled()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var (before, _) = await BeginAsync(client);
        await grain.RecallAsync(RecallReason.Stopped);
        await Assert.ThrowsAsync<SessionNotActiveException>(() => before);

        await client.Handle.ExecuteAsync(Echo, context =>
        {
            Assert.Equal(CancellationCause.None, context.CancellationCause);
            return default;
        });
        Assert.Equal(2, (await grain.RecallAsync(RecallReason.Idle))!.Admitted);
    }

    [Fact]
    public async Task Session_expires_Cancels_what_runs()
    {
        var grain = new LeasedSessions { TimeLeft = TimeSpan.FromSeconds(2) };
        using var client = new TestClient(grain);
        var (running, cause) = await BeginAsync(client);
        grain.OnLease = (_, _) => Task.FromException<LeaseReply>(new TimeoutException());

        client.Time.Advance(TimeSpan.FromSeconds(2.1));

        var expired = await Assert.ThrowsAsync<SessionExpiredException>(() => running);
        Assert.Equal(CancellationCause.Expired, cause());
        Assert.Equal((await grain.Session.GetAsync()).ExpiresAt, expired.ExpiredAt);
        Assert.NotNull(expired.ExpiredAt);
    }

    [Fact]
    public async Task Session_expires_and_calls_back_before_the_client_has_looked_The_reason_is_the_expiry()
    {
        var grain = new LeasedSessions { TimeLeft = TimeSpan.FromSeconds(2) };
        using var client = new TestClient(grain);
        var (running, cause) = await BeginAsync(client);

        client.Time.Jump(TimeSpan.FromSeconds(2));
        await grain.Session.GetAsync();

        var expired = await Assert.ThrowsAsync<SessionExpiredException>(() => running);
        Assert.Equal(CancellationCause.Expired, cause());
        Assert.NotNull(expired.ExpiredAt);
    }

    // Half a lease lies behind that end.
    [Fact]
    public async Task Session_renewed_shortly_before_its_end_Lets_what_runs_go_on()
    {
        var grain = new LeasedSessions { TimeLeft = TimeSpan.FromSeconds(1.2) };
        using var client = new TestClient(grain);
        var began = new TaskCompletionSource<SessionContext>();
        var running = client.Handle.ExecuteAsync(Echo, async context =>
        {
            began.SetResult(context);
            await Task.Delay(Timeout.InfiniteTimeSpan, client.Time, context.CancellationToken);
        }).AsTask();
        var context = await began.Task;
        await grain.Session.RenewAsync(TimeSpan.FromMinutes(10));

        client.Time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Holds(() => grain.Asked == 2, "the lease is renewed before the session's old end");
        await Eventually.Holds(() => context.TimeLeft > TimeSpan.FromMinutes(1), "the client knows the new end");
        client.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(running.IsCompleted);
        Assert.Equal(CancellationCause.None, context.CancellationCause);
    }

    [Fact]
    public async Task Session_out_of_reach_Cancels_what_runs_when_the_lease_is_over()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var (running, cause) = await BeginAsync(client);
        grain.OnLease = (_, _) => Task.FromException<LeaseReply>(new TimeoutException());

        client.Time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(running.IsCompleted);
        client.Time.Advance(TimeSpan.FromSeconds(0.2));

        await Assert.ThrowsAsync<UnavailableException>(() => running);
        Assert.Equal(CancellationCause.LeaseLost, cause());
    }

    [Fact]
    public async Task Compute_time_used_up_Cancels_what_runs_and_says_so()
    {
        var grain = new LeasedSessions { Quotas = new() { ComputeTime = TimeSpan.FromSeconds(1) }, Duration = TimeSpan.FromMinutes(1) };
        using var client = new TestClient(grain);
        var (running, cause) = await BeginAsync(client);
        var (second, _) = await BeginAsync(client);

        client.Time.Advance(TimeSpan.FromMilliseconds(480));
        Assert.False(running.IsCompleted);
        client.Time.Advance(TimeSpan.FromMilliseconds(40));

        var thrown = await Assert.ThrowsAsync<QuotaExceededException>(() => running);
        Assert.Equal(("computeTime", 1_000L), (thrown.Dimension, thrown.Limit));
        Assert.Equal(CancellationCause.ComputeTime, cause());
        await Assert.ThrowsAsync<QuotaExceededException>(() => second);
        var refusal = await Assert.ThrowsAsync<QuotaExceededException>(async () => await client.Handle.AdmitAsync(Echo));
        Assert.Equal("computeTime", refusal.Dimension);
        Assert.InRange(grain.Latest.ComputeTime, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.1));
    }

    [Fact]
    public async Task Compute_time_that_is_there_Is_asked_for_ahead()
    {
        var grain = new LeasedSessions { Quotas = new() { ComputeTime = TimeSpan.FromMinutes(5) } };
        using var client = new TestClient(grain);
        var (running, _) = await BeginAsync(client);

        for (var i = 0; i < 60; i++)
        {
            client.Time.Advance(TimeSpan.FromMilliseconds(250));
            await Eventually.Holds(() => !client.Client.Keeper.FindGate(TestClient.Id)!.IsAsking, "what was asked for is there");
        }

        Assert.InRange(grain.Asked, 8, 30);
        Assert.False(running.IsCompleted);
        await grain.RecallAsync(RecallReason.Stopped);
        await Assert.ThrowsAsync<SessionNotActiveException>(() => running);
    }

    // Named after what it reproduces: a block shorter than the pace of renewals ended what ran, while the session had more.
    [Fact]
    public async Task Compute_time_in_small_blocks_Is_asked_for_before_each_is_used_up()
    {
        var grain = new LeasedSessions { Quotas = new() { ComputeTime = TimeSpan.FromMinutes(5) } };
        var granted = TimeSpan.Zero;
        grain.OnLease = (_, reply) => Task.FromResult(reply with
        {
            Terms = reply.Terms! with { Granted = reply.Terms.Granted with { ComputeTime = granted += TimeSpan.FromMilliseconds(200) } },
        });
        using var client = new TestClient(grain);
        var (running, _) = await BeginAsync(client);

        for (var i = 0; i < 40; i++)
        {
            client.Time.Advance(TimeSpan.FromMilliseconds(25));
            await Eventually.Holds(() => !client.Client.Keeper.FindGate(TestClient.Id)!.IsAsking, "what was asked for is there");
        }

        Assert.False(running.IsCompleted);
        await grain.RecallAsync(RecallReason.Stopped);
        await Assert.ThrowsAsync<SessionNotActiveException>(() => running);
    }

    [Fact]
    public async Task Cancellation_ignored_for_a_lease_Is_abandoned_once_and_its_place_comes_back()
    {
        var grain = new LeasedSessions { Quotas = new() { Concurrent = 1 } };
        using var client = new TestClient(grain);
        var deaf = new TaskCompletionSource<int>();
        var running = client.Handle.ExecuteAsync(Echo, async _ => await deaf.Task).AsTask();
        await Eventually.Holds(() => grain.Asked == 1 && client.Client.Keeper.FindGate(TestClient.Id)!.Lease!.Running == 1, "it runs");
        await grain.RecallAsync(RecallReason.Stopped);

        client.Time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(1, client.Client.Keeper.FindGate(TestClient.Id)!.Lease!.Running);
        client.Time.Advance(TimeSpan.FromSeconds(0.3));

        (await client.Handle.AdmitAsync(Echo)).Settle();
        deaf.SetResult(1);
        await Assert.ThrowsAsync<SessionNotActiveException>(() => running);
        var report = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal((2, 1, 1, 0), (report!.Admitted, report.Abandoned, report.Succeeded, report.Running));
    }

    [Fact]
    public async Task Execution_that_nobody_settles_Is_abandoned_after_its_lease_was_lost()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var lost = await client.Handle.AdmitAsync(Echo);
        grain.OnLease = (_, _) => Task.FromException<LeaseReply>(new TimeoutException());

        client.Time.Advance(TimeSpan.FromSeconds(5.9));
        Assert.True(lost.IsRunning);
        client.Time.Advance(TimeSpan.FromSeconds(0.6));

        Assert.False(lost.IsRunning);
        Assert.Throws<ExecutionNotFoundException>(() => lost.Settle());
        await Eventually.Holds(
            () =>
            {
                client.Time.Advance(TimeSpan.FromMilliseconds(250));
                return grain.Reported == 1;
            },
            "the lease is given back");
        Assert.Equal((1, 1, 0), (grain.Reports[0].Admitted, grain.Reports[0].Abandoned, grain.Reports[0].Running));
    }

    [Fact]
    public async Task Nested_Counts_like_any_other_and_knows_its_depth()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 100, Concurrent = 30 } };
        using var client = new TestClient(grain);
        var deepest = 0;

        var thrown = await Assert.ThrowsAsync<QuotaExceededException>(async () => await client.Handle.ExecuteAsync(Echo, Deeper));

        Assert.Equal(AdmissionRules.MaxDepth, deepest);
        Assert.Equal(("depth", (long)AdmissionRules.MaxDepth), (thrown.Dimension, thrown.Limit));
        Assert.Equal(AdmissionRules.MaxDepth + 1, (await grain.RecallAsync(RecallReason.Idle))!.Failed);

        async ValueTask Deeper(SessionContext context)
        {
            deepest = context.Depth;
            Assert.Same(context, SessionContext.Current);
            await context.ExecuteAsync(Echo, Deeper);
        }
    }

    [Fact]
    public async Task Nested_without_ComposeFunctions_Is_refused()
    {
        var grain = new LeasedSessions { Permissions = SessionPermissions.ExecuteFunctions };
        using var client = new TestClient(grain);

        var thrown = await Assert.ThrowsAsync<PermissionDeniedException>(async () => await client.Handle.ExecuteAsync(
            Echo, async context => await context.ExecuteAsync(Echo, _ => default)));

        Assert.Contains("ComposeFunctions", thrown.Error.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nested_Is_cancelled_with_the_one_around_it_and_cannot_begin_after_it()
    {
        using var client = new TestClient(new LeasedSessions());
        using var own = new CancellationTokenSource();
        SessionContext? outer = null;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.Handle.ExecuteAsync(
            Echo,
            async context =>
            {
                outer = context;
                await context.ExecuteAsync(Echo, async inner =>
                {
                    var token = inner.CancellationToken;
                    await own.CancelAsync();
                    Assert.Equal(CancellationCause.Caller, inner.CancellationCause);
                    token.ThrowIfCancellationRequested();
                });
            },
            cancellationToken: own.Token));

        await Assert.ThrowsAsync<ExecutionNotFoundException>(async () => await outer!.ExecuteAsync(Echo, _ => default));
    }

    [Fact]
    public async Task Logged_where_the_session_asks_for_it_And_no_more_than_a_thousand_wait_to_be_taken_over()
    {
        var grain = new LeasedSessions { Logging = true, Monitoring = true };
        grain.OnRequest = static request => request with { Demand = request.Demand with { Executions = 50_000 } };
        using var client = new TestClient(grain);
        await client.Handle.ExecuteAsync(Echo, async context => await context.ExecuteAsync(FunctionName.Parse("inner"), _ =>
        {
            client.Time.Jump(TimeSpan.FromMilliseconds(30));
            return default;
        }));

        var report = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal(["inner", "echo"], report!.Log.Select(entry => entry.Function.ToString()));
        Assert.Equal((1, TimeSpan.FromMilliseconds(30), ExecutionOutcome.Succeeded), (report.Log[0].Depth, report.Log[0].Duration, report.Log[0].Outcome));
        Assert.Equal(client.Time.GetUtcNow() - TimeSpan.FromMilliseconds(30), report.Log[1].StartedAt);
        Assert.Equal(2, report.Latencies!.Counts.Sum());

        for (var i = 0; i < 1_500; i++)
        {
            (await client.Handle.AdmitAsync(Echo)).Settle(ExecutionOutcome.Cancelled);
        }

        var full = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal((1_000, 502L), (full!.Log.Length, full.LogStart));

        // Taken over by the session, as its next answer says, and so not sent again.
        (await client.Handle.AdmitAsync(Echo)).Settle();
        client.Time.Jump(TimeSpan.FromSeconds(4));
        (await client.Handle.AdmitAsync(Echo)).Settle();
        var last = await grain.RecallAsync(RecallReason.Idle);
        Assert.InRange(last!.Log.Length, 1, 2);
        Assert.Equal(1_504, last.LogStart + last.Log.Length);
    }

    [Fact]
    public async Task Nothing_asked_for_Is_neither_logged_nor_timed()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        await client.Handle.ExecuteAsync(Echo, _ => default);

        var report = await grain.RecallAsync(RecallReason.Idle);

        Assert.Empty(report!.Log);
        Assert.Null(report.Latencies);
    }

    [Fact]
    public async Task Authorize_A_refusal_is_a_value_and_a_malformed_request_is_not_sent()
    {
        var grain = new LeasedSessions { Permissions = SessionPermissions.ExecuteFunctions, TimeLeft = TimeSpan.FromMinutes(1) };
        using var client = new TestClient(grain);

        var yes = await client.Handle.AuthorizeAsync(Echo);
        var no = await client.Handle.AuthorizeAsync(Echo, SessionPermissions.ReadCrossSession);
        var malformed = await client.Handle.AuthorizeAsync(default, SessionPermissions.None);

        Assert.True(yes.IsAdmitted);
        Assert.Equal((TestClient.Id, TimeSpan.FromMinutes(1)), (yes.SessionId, yes.TimeLeft));
        Assert.Equal((AdmissionStep.Permission, SessionErrorCode.PermissionDenied), (no.RefusedAt, no.Refusal!.Code));
        Assert.Equal(["function", "permissions"], malformed.Refusal!.Faults.Select(fault => fault.Field));
    }

    [Fact]
    public async Task Log_Is_read_page_by_page()
    {
        using var client = new TestClient(new ScriptedGrain
        {
            Executions = [.. Enumerable.Range(1, 1_200).Select(n => new ExecutionRecord { Sequence = n })],
        });
        var seen = new List<long>();
        await foreach (var execution in client.Handle.GetExecutionsAsync(100))
        {
            seen.Add(execution.Sequence);
        }

        Assert.Equal(Enumerable.Range(101, 1_100).Select(n => (long)n), seen);
    }

    [Fact]
    public async Task Adjusting_Says_what_it_is_asked_to_and_refuses_nonsense_unsent()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);

        await client.Handle.AdjustAsync(new() { Permissions = SessionPermissions.All, Reason = "more" });

        var adjust = grain.Adjustments[0];
        Assert.Equal((SessionPermissions.All, "more", null), (adjust.Permissions, adjust.Reason, adjust.Quotas));
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => client.Handle.AdjustAsync(new()));
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => client.Handle.AdjustAsync(new() { FunctionPatterns = ["a b"] }));
        Assert.Single(grain.Adjustments);
    }

    private static async Task<(Task Running, Func<CancellationCause> Cause)> BeginAsync(TestClient client)
    {
        var begun = new TaskCompletionSource<SessionContext>();
        var running = client.Handle.ExecuteAsync(Echo, async context =>
        {
            begun.SetResult(context);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        }).AsTask();
        var context = await begun.Task;
        return (running, () => context.CancellationCause);
    }

    private static async Task<(long Succeeded, int Running)> SucceededAndRunning(LeasedSessions grain)
    {
        var report = await grain.RecallAsync(RecallReason.Idle);
        return (report!.Succeeded, report.Running);
    }
}
