using System.Collections.Concurrent;
using Sessions.Grains.Hosting;
using Sessions.TestKit;

namespace Sessions.Client.Tests;

public class AdmissionTests
{
    private static readonly FunctionName Echo = FunctionName.Parse("math/echo");

    [Fact]
    public async Task Nothing_held_TryAdmit_admits_nothing_and_asks_nobody()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);

        Assert.False(client.Handle.TryAdmit(Echo, out var execution));
        Assert.False(execution.IsRunning);
        Assert.Equal(0, grain.Asked);

        (await client.Handle.AdmitAsync(Echo)).Settle();
        Assert.Equal(1, grain.Asked);
        Assert.True(client.Handle.TryAdmit(Echo, out execution));
        Assert.True(execution.IsRunning);
        execution.Settle();
        Assert.Equal(1, grain.Asked);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Admitting_and_settling_Allocates_nothing(bool limited)
    {
        var grain = new LeasedSessions
        {
            Quotas = limited
                ? new() { Executions = 1_000_000, Concurrent = 10, PerSecond = 1_000_000, ComputeTime = TimeSpan.FromDays(1) }
                : SessionQuotas.Unlimited,

            // More than is asked for, so that the block lasts for the whole test.
            OnLease = (_, reply) => Task.FromResult(reply with
            {
                Terms = reply.Terms! with { Granted = reply.Terms.Granted with { Executions = 500_000, PerSecond = limited ? 500_000 : null } },
            }),
        };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        var allocated = long.MaxValue;
        for (var attempt = 0; attempt < 3 && allocated > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 10_000; i++)
            {
                if (!client.Handle.TryAdmit(Echo, out var execution))
                {
                    Assert.Fail("The block should have lasted.");
                }

                execution.Settle();
            }

            // Once more if the just-in-time compiler came in between.
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Many_threads_over_a_small_quota_Exactly_the_quota_is_admitted_and_every_unit_is_reached()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 5_000, Concurrent = 7 } };
        using var client = new TestClient(grain);
        var (admitted, running, most, refusals) = (0, 0, 0, new ConcurrentBag<SessionException>());

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                try
                {
                    var execution = await client.Handle.AdmitAsync(Echo);
                    Interlocked.Increment(ref admitted);
                    var now = Interlocked.Increment(ref running);
                    InterlockedMax(ref most, now);
                    await Task.Yield();
                    Interlocked.Decrement(ref running);
                    execution.Settle();
                }
                catch (QuotaExceededException refusal) when (refusal.Dimension == "concurrent")
                {
                    await Task.Yield();
                }
                catch (SessionException refusal)
                {
                    refusals.Add(refusal);
                    return;
                }
            }
        })));

        Assert.Equal(5_000, admitted);
        Assert.InRange(most, 1, 7);
        Assert.All(refusals, refusal => Assert.Equal("executions", Assert.IsType<QuotaExceededException>(refusal).Dimension));
        Assert.Equal(16, refusals.Count);
        Assert.Equal((5_000, 0), (grain.Latest.Admitted, grain.Latest.Running));
    }

    [Fact]
    public async Task Rate_limited_In_any_second_no_more_than_the_share_is_admitted()
    {
        var grain = new LeasedSessions { Quotas = new() { PerSecond = 20 }, Duration = TimeSpan.FromMinutes(1) };
        using var client = new TestClient(grain);
        var moments = new List<DateTimeOffset>();
        QuotaExceededException? refusal = null;
        for (var i = 0; i < 400; i++)
        {
            try
            {
                (await client.Handle.AdmitAsync(Echo)).Settle();
                moments.Add(client.Time.GetUtcNow());
            }
            catch (QuotaExceededException full)
            {
                refusal = full;
            }

            client.Time.Advance(TimeSpan.FromMilliseconds(17));
        }

        Assert.Equal("perSecond", refusal!.Dimension);
        Assert.Equal(20, refusal.Limit);
        Assert.InRange(refusal.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1.1));
        Assert.InRange(moments.Count, 80, 140);
        Assert.All(moments, from => Assert.InRange(moments.Count(at => at >= from && at < from.AddSeconds(1)), 1, 20));
    }

    [Fact]
    public async Task Compute_time_used_up_and_the_rate_taken_Every_refusal_names_what_will_not_come_back()
    {
        var grain = new LeasedSessions { Quotas = new() { ComputeTime = TimeSpan.FromMilliseconds(100), PerSecond = 1, Concurrent = 1 } };
        using var client = new TestClient(grain);
        var running = await client.Handle.AdmitAsync(Echo);
        client.Time.Jump(TimeSpan.FromMilliseconds(100));
        running.Settle();
        var refusals = new List<QuotaExceededException>();
        for (var i = 0; i < 30; i++)
        {
            refusals.Add(await Assert.ThrowsAsync<QuotaExceededException>(async () => await client.Handle.AdmitAsync(Echo)));
            client.Time.Advance(TimeSpan.FromMilliseconds(77));
        }

        Assert.All(refusals, refusal => Assert.Equal(("computeTime", null), (refusal.Dimension, refusal.RetryAfter)));
    }

    [Fact]
    public async Task Places_taken_Every_refusal_says_when_to_ask_again()
    {
        var grain = new LeasedSessions { Quotas = new() { Concurrent = 1, Executions = 100 } };
        using var client = new TestClient(grain);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () => await Record.ExceptionAsync(async () => await client.Handle.AdmitAsync(Echo)))));

        var refusals = outcomes.OfType<QuotaExceededException>().ToList();
        Assert.Equal(7, refusals.Count);
        Assert.All(refusals, refusal => Assert.Equal("concurrent", refusal.Dimension));
        Assert.All(refusals, refusal => Assert.True(refusal.RetryAfter > TimeSpan.Zero, refusal.Message));
    }

    // The timer is not set while the keeper makes its round, so that an admission then sets it.
    [Fact]
    public async Task Rate_limited_Admitted_during_a_round_of_the_keeper_Runs_and_keeps_no_place()
    {
        var grain = new LeasedSessions { Quotas = new() { PerSecond = 100, Concurrent = 2 }, Duration = TimeSpan.FromMinutes(1) };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();
        var (ran, thrown) = (0, default(Exception));
        client.Time.OnRead = () =>
        {
            client.Time.OnRead = null;
            thrown = Record.Exception(() =>
            {
                Assert.True(client.Handle.TryAdmit(Echo, out var execution));
                ran++;
                execution.Settle();
            });
        };

        client.Time.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Null(thrown);
        Assert.Equal(1, ran);
        var report = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal((2L, 2L, 0), (report!.Admitted, report.Succeeded, report.Running));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(0)]
    [InlineData(4_611_686_018_427)]
    [InlineData(461_168_601_842_739)]
    [InlineData(long.MaxValue - 1)]
    public async Task Keeper_Told_to_look_at_any_moment_Looks_in_its_next_round(long moment)
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 100 } };
        using var client = new TestClient(grain);
        client.Client.Keeper.WatchUntil(moment);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        client.Time.Advance(TimeSpan.FromSeconds(1.6));

        await Eventually.Holds(() => grain.Asked == 2, "the lease is renewed at half of it");
    }

    [Fact]
    public async Task Pattern_and_permission_that_do_not_fit_Are_refused_typed_and_by_the_session()
    {
        var grain = new LeasedSessions { Patterns = ["math/*"], Permissions = SessionPermissions.ExecuteFunctions };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();

        var function = await Assert.ThrowsAsync<PermissionDeniedException>(
            async () => await client.Handle.AdmitAsync(FunctionName.Parse("shell/rm")));
        Assert.Contains("shell/rm", function.Error.Rule, StringComparison.Ordinal);
        Assert.Equal(2, grain.Asked);

        var permission = await Assert.ThrowsAsync<PermissionDeniedException>(async () => await client.Handle.ExecuteAsync(
            Echo, static _ => default, new() { Permissions = SessionPermissions.WriteCrossSession }));
        Assert.Contains("WriteCrossSession", permission.Error.Rule, StringComparison.Ordinal);
        Assert.Equal(3, grain.Asked);
    }

    [Fact]
    public async Task Refused_once_Is_admitted_as_soon_as_the_session_allows_it()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 1 } };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(Echo)).Settle();
        var refusal = await Assert.ThrowsAsync<QuotaExceededException>(async () => await client.Handle.AdmitAsync(Echo));
        Assert.Equal(("executions", 1L), (refusal.Dimension, refusal.Limit));

        await grain.Session.AdjustAsync(new() { Quotas = new() { Executions = 2 }, Reason = "more" });
        (await client.Handle.AdmitAsync(Echo)).Settle();
        await grain.Session.AdjustAsync(new() { Quotas = SessionQuotas.Unlimited, FunctionPatterns = ["other"], Reason = "others" });
        await client.Handle.AdmitAsync(FunctionName.Parse("other"));
    }

    [Fact]
    public async Task Answer_that_was_under_way_before_the_caller_came_Refuses_nobody()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 0 } };
        var (answered, held) = (new TaskCompletionSource(), new TaskCompletionSource());
        grain.OnLease = async (_, reply) =>
        {
            answered.TrySetResult();
            await held.Task;
            return reply;
        };
        using var client = new TestClient(grain);
        var early = client.Handle.AdmitAsync(Echo).AsTask();
        await answered.Task;

        // The quota is there before the second caller comes, but not in the answer that is under way.
        await grain.Session.AdjustAsync(new() { Quotas = new() { Executions = 5 }, Reason = "more" });
        var late = client.Handle.AdmitAsync(Echo).AsTask();
        held.SetResult();

        (await late).Settle();

        // The other one was answered, unless it got of what the second message brought.
        Assert.True(await Record.ExceptionAsync(() => early) is null or QuotaExceededException { Dimension: "executions" });
    }

    [Theory]
    [InlineData(ExecutionOutcome.Invalid)]
    [InlineData((ExecutionOutcome)9)]
    public async Task Outcome_that_is_none_Is_refused_and_settles_nothing(ExecutionOutcome outcome)
    {
        using var client = new TestClient(new LeasedSessions());
        var execution = await client.Handle.AdmitAsync(Echo);

        Assert.Throws<InvalidConfigurationException>(() => execution.Settle(outcome));
        Assert.True(execution.IsRunning);
        execution.Settle(ExecutionOutcome.Cancelled);
    }

    [Fact]
    public async Task Settled_twice_Is_refused_and_counted_once()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var execution = await client.Handle.AdmitAsync(Echo);
        var copy = execution;
        execution.Settle(ExecutionOutcome.Failed);

        Assert.Throws<ExecutionNotFoundException>(() => execution.Settle());
        Assert.Throws<ExecutionNotFoundException>(() => copy.Settle());
        Assert.Throws<ExecutionNotFoundException>(() => default(Execution).Settle());

        // The slot has a new execution, which the old value must not end.
        Assert.True(client.Handle.TryAdmit(Echo, out var next));
        Assert.False(copy.TrySettle());
        Assert.True(next.IsRunning);
        var report = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal((2, 1, 1, 0), (report!.Admitted, report.Running, report.Failed, report.Succeeded));
    }

    [Fact]
    public async Task Settled_by_many_at_once_One_of_them_settles()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        for (var round = 0; round < 200; round++)
        {
            var execution = await client.Handle.AdmitAsync(Echo);
            var settled = 0;
            Parallel.For(0, 4, _ => Interlocked.Add(ref settled, execution.TrySettle() ? 1 : 0));
            Assert.Equal(1, settled);
        }

        var report = await grain.RecallAsync(RecallReason.Idle);
        Assert.Equal((200, 0, 200), (report!.Admitted, report.Running, report.Succeeded));
    }

    [Fact]
    public async Task Malformed_Is_refused_with_its_faults_and_not_sent()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);

        var thrown = await Assert.ThrowsAsync<InvalidConfigurationException>(async () => await client.Handle.AdmitAsync(default));

        Assert.Equal("function", Assert.Single(thrown.Faults).Field);
        Assert.Equal(0, grain.Asked);
    }

    [Fact]
    public async Task Demand_Follows_the_rate_so_that_calls_get_rare()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        for (var i = 0; i < 100_000; i++)
        {
            (await client.Handle.AdmitAsync(Echo)).Settle();
            if (i % 1_000 == 0)
            {
                client.Time.Advance(TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.Equal(17, grain.Requests[0].Demand.Executions);
        Assert.InRange(grain.Asked, 2, 30);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        while (Volatile.Read(ref most) is var seen && seen < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
