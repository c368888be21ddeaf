using Sessions.Grains.Hosting;
using Sessions.TestKit;

namespace Sessions.Client.Tests;

public class LeaseTests
{
    private static readonly FunctionName Echo = FunctionName.Parse("echo");

    [Fact]
    public async Task Recalled_while_many_admit_After_the_answer_nothing_is_admitted_and_it_counts_all_that_was()
    {
        for (var round = 0; round < 30; round++)
        {
            var grain = new LeasedSessions { OnLease = (_, reply) => Task.FromResult(Enlarged(reply, 10_000_000)) };
            using var client = new TestClient(grain);
            (await client.Handle.AdmitAsync(Echo)).Settle();
            var (admitted, stop) = (1L, false);
            var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                var mine = 0L;
                while (!Volatile.Read(ref stop))
                {
                    if (client.Handle.TryAdmit(Echo, out var execution))
                    {
                        mine++;
                        execution.Settle();
                    }
                }

                Interlocked.Add(ref admitted, mine);
            })).ToArray();
            await Task.Yield();

            var report = await grain.RecallAsync(round % 2 == 0 ? RecallReason.Narrowed : RecallReason.Stopped);
            Assert.False(client.Handle.TryAdmit(Echo, out _));
            Volatile.Write(ref stop, true);
            await Task.WhenAll(threads);

            Assert.Equal(admitted, report!.Admitted);
            Assert.Equal(report.Admitted, report.Kept.Executions);
        }
    }

    [Fact]
    public async Task Recalled_as_idle_Keeps_nothing_idle_when_not_used_lately_and_half_when_used()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 1_000, Concurrent = 40, PerSecond = 100, ComputeTime = TimeSpan.FromMinutes(1) } };
        grain.OnLease = (_, reply) => Task.FromResult(reply with
        {
            Terms = reply.Terms! with { Granted = new LeaseBlocks(101, 41, 100, TimeSpan.FromSeconds(10)) },
        });
        using var client = new TestClient(grain);
        var running = await client.Handle.AdmitAsync(Echo);

        var half = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal(new LeaseBlocks(51, 21, 50, TimeSpan.FromSeconds(5)), half!.Kept);

        client.Time.Advance(TimeSpan.FromMilliseconds(101));
        var none = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal((1L, 1, 0), (none!.Kept.Executions, none.Kept.Concurrent, none.Kept.PerSecond));
        Assert.Equal((1L, 1), (none.Admitted, none.Running));
        Assert.True(none.Sequence > half.Sequence);
        Assert.False(client.Handle.TryAdmit(Echo, out _));
        running.Settle();
    }

    [Fact]
    public async Task Recall_of_a_lease_that_is_not_held_Is_answered_with_null_and_changes_nothing()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        Assert.Null(await grain.Holder.Recall(new LeaseRecall(TestClient.Id, LeaseId.New(), RecallReason.Stopped)));
        Assert.Null(await grain.Holder.Recall(new LeaseRecall(SessionId.New(), grain.Latest.Lease, RecallReason.Stopped)));
        Assert.True(client.Handle.TryAdmit(Echo, out _));
    }

    [Fact]
    public async Task Recalled_before_the_answer_arrives_The_answer_is_void_and_is_asked_for_again()
    {
        var grain = new LeasedSessions();
        var held = new TaskCompletionSource();
        grain.OnLease = async (request, reply) =>
        {
            if (request.Report.Sequence == 1)
            {
                await held.Task;
            }

            return reply;
        };
        using var client = new TestClient(grain);
        var admission = client.Handle.AdmitAsync(Echo).AsTask();
        await Eventually.Holds(() => grain.Asked == 1, "the lease is asked for");

        var report = await grain.RecallAsync(RecallReason.Narrowed);
        Assert.Equal((2L, 0L, 0L), (report!.Sequence, report.Admitted, report.Kept.Executions));
        held.SetResult();
        (await admission).Settle();

        Assert.Equal(2, grain.Asked);
        Assert.Equal(3, grain.Requests[1].Report.Sequence);
        Assert.Equal(0, grain.Requests[1].Report.Kept.Executions);
    }

    [Fact]
    public async Task Answer_that_is_lost_What_it_granted_is_not_kept_and_comes_back()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 10 } };
        grain.OnLease = (request, reply) => request.Report.Sequence == 1
            ? Task.FromException<LeaseReply>(new TimeoutException("lost"))
            : Task.FromResult(reply);
        using var client = new TestClient(grain);

        var admission = client.Handle.AdmitAsync(Echo).AsTask();
        await Eventually.Holds(
            () =>
            {
                client.Time.Advance(TimeSpan.FromMilliseconds(60));
                return admission.IsCompleted;
            },
            "the message is repeated");
        (await admission).Settle();
        for (var i = 1; i < 10; i++)
        {
            (await client.Handle.AdmitAsync(Echo)).Settle();
        }

        await Assert.ThrowsAsync<QuotaExceededException>(async () => await client.Handle.AdmitAsync(Echo));
        Assert.Equal(0, grain.Requests[1].Report.Kept.Executions);
        Assert.Equal(grain.Requests[0].Report.Lease, grain.Requests[1].Report.Lease);
        Assert.Equal(10, grain.Latest.Admitted);
    }

    [Fact]
    public async Task Lease_over_and_nobody_answers_Admission_stops_by_itself()
    {
        var grain = new LeasedSessions { TimeLeft = TimeSpan.FromHours(1) };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();
        grain.OnLease = (_, _) => new TaskCompletionSource<LeaseReply>().Task;

        // Straight over the end, as after a suspension: no timer had a chance to fire.
        client.Time.Jump(TimeSpan.FromMilliseconds(2_999));
        Assert.True(client.Handle.TryAdmit(Echo, out var last));
        last.Settle();
        client.Time.Jump(TimeSpan.FromMilliseconds(1));
        Assert.False(client.Handle.TryAdmit(Echo, out _));
        Assert.False(client.Handle.TryAdmit(Echo, out _));

        var report = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal((2, 2, 0, 0), (report!.Admitted, report.Succeeded, report.Cancelled, report.Running));
    }

    // Between the taking of a unit and the look at the clock the thread may be held up, and the lease may have been reported or closed.
    [Theory]
    [InlineData("nothing")]
    [InlineData("another admission")]
    [InlineData("idle recall")]
    [InlineData("narrowing recall")]
    [InlineData("stopping recall")]
    [InlineData("renewal")]
    public async Task Lease_over_when_the_unit_is_taken_already_The_refusal_counts_for_nothing(string between)
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 100, Concurrent = 5 } };
        var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();
        Task happened = Task.CompletedTask;
        client.Time.OnRead = () =>
        {
            client.Time.OnRead = null;
            client.Time.Jump(TimeSpan.FromSeconds(3));
            happened = between switch
            {
                "another admission" => Task.FromResult(client.Handle.TryAdmit(Echo, out _)),
                "idle recall" => grain.RecallAsync(RecallReason.Idle),
                "narrowing recall" => grain.RecallAsync(RecallReason.Narrowed),
                "stopping recall" => grain.RecallAsync(RecallReason.Stopped),
                "renewal" => Task.FromResult(client.Client.Keeper.FindGate(TestClient.Id)!.Lease!.NextRequest(0)),
                _ => Task.CompletedTask,
            };
        };

        Assert.False(client.Handle.TryAdmit(Echo, out _));

        await happened;
        await client.Client.DisposeAsync();
        var last = grain.Reports.Single();
        Assert.Equal((1L, 0L, 0, 1L), (last.Admitted - last.Withdrawn, last.Cancelled - last.Withdrawn, last.Running, last.Succeeded));
        var usage = (await grain.Session.GetAsync()).Usage;
        Assert.Equal((1L, 1L, 0L, 0L), (usage.Executions, usage.Succeeded, usage.Cancelled, usage.Abandoned));
    }

    [Fact]
    public async Task Lease_over_while_many_admit_and_reports_are_made_Counts_exactly_what_was_admitted()
    {
        for (var round = 0; round < 20; round++)
        {
            var grain = new LeasedSessions { OnLease = (_, reply) => Task.FromResult(Enlarged(reply, 100_000_000)) };
            using var client = new TestClient(grain);
            (await client.Handle.AdmitAsync(Echo)).Settle();
            var (admitted, stop) = (1L, false);
            var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                var mine = 0L;
                while (!Volatile.Read(ref stop))
                {
                    if (client.Handle.TryAdmit(Echo, out var execution))
                    {
                        mine++;
                        execution.Settle();
                    }
                }

                Interlocked.Add(ref admitted, mine);
            })).ToArray();
            await Task.Yield();

            await grain.RecallAsync(RecallReason.Idle);
            client.Time.Jump(TimeSpan.FromSeconds(3));
            await grain.RecallAsync(RecallReason.Idle);
            Assert.False(client.Handle.TryAdmit(Echo, out _));
            Volatile.Write(ref stop, true);
            await Task.WhenAll(threads);

            var report = await grain.RecallAsync(RecallReason.Narrowed);
            Assert.Equal((admitted, admitted), (report!.Admitted - report.Withdrawn, report.Succeeded));
            Assert.Equal((0, report.Withdrawn), (report.Running, report.Cancelled));
        }
    }

    [Fact]
    public async Task Session_expired_and_not_closed_Calls_that_are_refused_count_for_nothing()
    {
        var grain = new LeasedSessions
        {
            TimeLeft = TimeSpan.FromSeconds(2),
            Settings = SessionSettings.Default with { AutoExpire = false },
            Quotas = new() { Executions = 100 },
        };
        var client = new TestClient(grain);
        await client.Handle.ExecuteAsync(Echo, _ => default);
        client.Time.Jump(TimeSpan.FromSeconds(2));

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<SessionExpiredException>(async () => await client.Handle.ExecuteAsync(Echo, _ => default));
        }

        await client.Client.DisposeAsync();
        var usage = (await grain.Session.GetAsync()).Usage;
        Assert.Equal((1L, 1L, 0L, 0L), (usage.Executions, usage.Succeeded, usage.Cancelled, usage.Abandoned));
    }

    // What began after the last report is not known to the session when its idle timeout has passed.
    [Theory]
    [InlineData(100)]
    [InlineData(500)]
    [InlineData(1_400)]
    public async Task Idle_timeout_passes_while_an_execution_runs_that_no_report_has_counted_It_goes_on(int milliseconds)
    {
        var grain = new LeasedSessions { Settings = SessionSettings.Default with { IdleTimeout = TimeSpan.FromSeconds(2) } };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();
        client.Time.Jump(TimeSpan.FromSeconds(2) - TimeSpan.FromMilliseconds(milliseconds));
        var (began, finish) = (new TaskCompletionSource<SessionContext>(), new TaskCompletionSource());
        var running = client.Handle.ExecuteAsync(Echo, async context =>
        {
            began.SetResult(context);
            await finish.Task;
        }).AsTask();
        var context = await began.Task;
        Assert.Equal((1, 0L), (grain.Asked, grain.Latest.Admitted));

        client.Time.Jump(TimeSpan.FromMilliseconds(milliseconds + 1));

        Assert.Equal(SessionStatus.Active, (await grain.Session.GetAsync()).Status);
        Assert.Equal(CancellationCause.None, context.CancellationCause);
        finish.SetResult();
        await running;
    }

    [Fact]
    public async Task Execution_longer_than_the_idle_timeout_Is_activity_until_its_end()
    {
        var grain = new LeasedSessions { Settings = SessionSettings.Default with { IdleTimeout = TimeSpan.FromSeconds(10) } };
        using var client = new TestClient(grain);
        var running = await client.Handle.AdmitAsync(Echo);
        var activity = new List<DateTimeOffset>();
        await LetPassAsync(15);
        running.Settle();
        var ended = client.Time.GetUtcNow();
        await LetPassAsync(0.5);
        await Eventually.Holds(() => grain.Reported == 1, "the lease that nobody uses any more is given back");
        await LetPassAsync(9);

        var usage = (await grain.Session.GetAsync()).Usage;
        Assert.Equal(ended, usage.LastActivityAt!.Value, TimeSpan.FromSeconds(1.6));
        Assert.True(usage.LastActivityAt >= ended);
        Assert.Equal(activity.Order(), activity);
        client.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(EndReason.Idle, (await grain.Session.GetAsync()).EndReason);

        async Task LetPassAsync(double seconds)
        {
            for (var until = client.Time.GetUtcNow().AddSeconds(seconds); client.Time.GetUtcNow() < until;)
            {
                client.Time.Advance(TimeSpan.FromSeconds(0.25));
                await Eventually.Holds(() => !client.Client.Keeper.IsAsking, "what was asked for is there");
                var shown = await grain.Session.GetAsync();
                Assert.Equal(SessionStatus.Active, shown.Status);
                if (shown.Usage.LastActivityAt is { } last)
                {
                    activity.Add(last);
                }
            }
        }
    }

    [Fact]
    public async Task Idle_timeout_passes_and_nothing_runs_Closes_the_session()
    {
        var grain = new LeasedSessions { Settings = SessionSettings.Default with { IdleTimeout = TimeSpan.FromSeconds(2) } };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        client.Time.Jump(TimeSpan.FromSeconds(2) + TimeSpan.FromMilliseconds(1));

        var closed = await grain.Session.GetAsync();
        Assert.Equal((SessionStatus.Closed, EndReason.Idle), (closed.Status, closed.EndReason));
    }

    // A session that does not close by itself refuses by the same limit, and that has to be true as well.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Idle_timeout_passes_while_another_client_runs_what_no_report_has_counted_Nobody_is_refused_as_expired(bool closesByItself)
    {
        var grain = new LeasedSessions
        {
            Settings = SessionSettings.Default with { IdleTimeout = TimeSpan.FromSeconds(2), AutoExpire = closesByItself },
        };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();
        client.Time.Jump(TimeSpan.FromSeconds(1.5));
        var running = await client.Handle.AdmitAsync(Echo);
        Assert.Equal(1, grain.Asked);
        client.Time.Jump(TimeSpan.FromSeconds(0.501));

        var (line, request) = (grain.LineTo(TestClient.Id), new AdmissionRequest(Echo));
        await AdmittedAsync(async () => await line.Authorize(request, 0));
        await AdmittedAsync(async () => (await line.Begin(new()
        {
            Execution = ExecutionId.New(),
            Holder = HolderId.New(),
            Admission = request,
        })).Decision);
        Assert.True(running.IsRunning);
        running.Settle();

        // Until the holders have answered, nothing but that is said.
        static Task AdmittedAsync(Func<Task<AdmissionDecision>> ask) => Eventually.TrueAsync(
            async () =>
            {
                var decision = await ask();
                Assert.True(decision.Refusal is null or { Code: SessionErrorCode.Unavailable }, decision.Refusal?.Message);
                return decision.IsAdmitted;
            },
            "the session knows that it is not idle");
    }

    [Fact]
    public async Task Lease_counts_from_before_it_was_asked_for()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        grain.OnLease = (_, reply) =>
        {
            client.Time.Jump(TimeSpan.FromSeconds(2));
            return Task.FromResult(reply);
        };
        (await client.Handle.AdmitAsync(Echo)).Settle();

        client.Time.Jump(TimeSpan.FromMilliseconds(999));
        Assert.True(client.Handle.TryAdmit(Echo, out _));
        client.Time.Jump(TimeSpan.FromMilliseconds(1));
        Assert.False(client.Handle.TryAdmit(Echo, out _));
    }

    [Fact]
    public async Task Session_that_expires_within_the_lease_Ends_it()
    {
        var grain = new LeasedSessions { TimeLeft = TimeSpan.FromSeconds(1) };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        client.Time.Jump(TimeSpan.FromSeconds(1));
        Assert.False(client.Handle.TryAdmit(Echo, out _));

        // Whether it has expired or has ended for that already, is up to the sweep.
        var refused = await Assert.ThrowsAnyAsync<SessionException>(async () => await client.Handle.AdmitAsync(Echo));
        Assert.Contains(refused.Code, new[] { SessionErrorCode.SessionExpired, SessionErrorCode.SessionNotActive });
    }

    [Fact]
    public async Task Used_lease_Is_renewed_ahead_and_unused_is_given_back()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 100 } };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        client.Time.Advance(TimeSpan.FromSeconds(1.6));
        await Eventually.Holds(() => grain.Asked == 2, "the lease is renewed at half of it");
        await Eventually.Holds(() => !client.Client.Keeper.IsAsking, "what was asked for is there");
        Assert.Equal(1, grain.Latest.Admitted);

        client.Time.Advance(TimeSpan.FromSeconds(1.6));
        await Eventually.Holds(() => grain.Reported == 1, "the idle lease is given back");
        Assert.Equal(2, grain.Asked);
        Assert.Equal((1L, 1L, 0), (grain.Reports[0].Admitted, grain.Reports[0].Kept.Executions, grain.Reports[0].Running));
        await Eventually.Holds(() => client.Client.Keeper.Count == 0, "the account is forgotten");

        // And is asked for anew, under another name, when it is needed.
        (await client.Handle.AdmitAsync(Echo)).Settle();
        Assert.Equal(3, grain.Asked);
        Assert.NotEqual(grain.Reports[0].Lease, grain.Requests[2].Report.Lease);
        Assert.Equal(1, grain.Requests[2].Report.Sequence);
    }

    [Fact]
    public async Task Narrowed_while_something_runs_It_goes_on_and_keeps_its_place_by_renewals_that_ask_for_nothing()
    {
        var grain = new LeasedSessions { Quotas = new() { Concurrent = 5 } };
        using var client = new TestClient(grain);
        var running = await client.Handle.AdmitAsync(Echo);

        var report = await grain.RecallAsync(RecallReason.Narrowed);
        Assert.Equal((1L, 1, 1L, 1), (report!.Admitted, report.Running, report.Kept.Executions, report.Kept.Concurrent));
        grain.OnRecall = static _ => Task.FromException(new TimeoutException("lost"));
        var pausing = grain.Session.PauseAsync();
        for (var i = 2; i <= 4; i++)
        {
            client.Time.Advance(TimeSpan.FromSeconds(1.6));
            await Eventually.Holds(() => grain.Asked == i, "the place is kept");
            Assert.Equal(default, grain.Requests[i - 1].Demand);
            await Eventually.Holds(() => !client.Client.Keeper.IsAsking, "what was asked for is there");
        }

        Assert.True(running.IsRunning);
        Assert.False(client.Handle.TryAdmit(Echo, out _));
        await pausing;
        await Assert.ThrowsAsync<SessionNotActiveException>(async () => await client.Handle.AdmitAsync(Echo));
        running.Settle();
    }

    [Fact]
    public async Task Session_that_forgot_the_lease_Is_asked_under_a_new_one_and_nobody_notices()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 1_000 } };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();
        var first = grain.Requests[0].Report.Lease;
        await grain.ForgetAsync();
        client.Time.Jump(TimeSpan.FromSeconds(4));

        (await client.Handle.AdmitAsync(Echo)).Settle();

        Assert.Contains(grain.Requests, request => request.Report.Lease == first && request.Report.Sequence > 1);
        Assert.NotEqual(first, grain.Requests[^1].Report.Lease);
        Assert.Equal((1L, 0L), (grain.Requests[^1].Report.Sequence, grain.Requests[^1].Report.Admitted));
    }

    [Fact]
    public async Task Client_disposed_Gives_its_leases_back_and_admits_nothing_more()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 100 } };
        var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        await client.Client.DisposeAsync();

        Assert.Equal((1L, 1L), (grain.Reports.Single().Admitted, grain.Reports.Single().Kept.Executions));
        Assert.Equal(1, (await grain.Session.GetAsync()).Usage.Executions);
        Assert.False(client.Handle.TryAdmit(Echo, out _));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.Handle.AdmitAsync(Echo));
    }

    [Fact]
    public async Task Session_that_does_not_answer_The_dispose_of_the_client_does_not_wait_for_ever()
    {
        var grain = new LeasedSessions();
        var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();
        grain.OnReport = () => new TaskCompletionSource().Task;

        await client.Time.RunAsync(client.Client.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task Told_of_a_change_The_newest_version_wins()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        var paused = await grain.Session.PauseAsync();
        await Eventually.Holds(() => client.Handle.LastSeen?.Status == SessionStatus.Paused, "the holder is told");
        Assert.Equal(paused.Version, client.Handle.LastSeenVersion);
        await grain.Holder.Changed(new SessionSnapshot { Id = TestClient.Id, Version = paused.Version - 1, Status = SessionStatus.Active });
        Assert.Equal((paused.Version, SessionStatus.Paused), (client.Handle.LastSeenVersion, client.Handle.LastSeen!.Status));

        Assert.Equal(paused.Version, (await client.Handle.GetAsync()).Version);
        var resumed = await client.Handle.ResumeAsync();
        (await client.Handle.AdmitAsync(Echo)).Settle();
        Assert.Equal(resumed.Version, grain.Requests[^1].SeenVersion);
    }

    [Fact]
    public async Task Thousands_of_leases_Are_renewed_and_given_back_by_one_timer()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var handles = Enumerable.Range(0, 2_000).Select(_ => client.Client.Get(SessionId.New())).ToArray();
        foreach (var handle in handles)
        {
            (await handle.AdmitAsync(Echo)).Settle();
        }

        Assert.Equal(2_000, client.Client.Keeper.Count);
        client.Time.Advance(TimeSpan.FromSeconds(1.6));
        await Eventually.Holds(() => grain.Asked == 4_000, "all are renewed");
        await Eventually.Holds(() => !client.Client.Keeper.IsAsking, "what was asked for is there");
        client.Time.Advance(TimeSpan.FromSeconds(1.6));
        await Eventually.Holds(() => client.Client.Keeper.Count == 0, "all are given back");
        Assert.Equal(2_000, grain.Reported);
    }

    private static LeaseReply Enlarged(LeaseReply reply, long executions) =>
        reply with { Terms = reply.Terms! with { Granted = reply.Terms.Granted with { Executions = executions } } };
}
