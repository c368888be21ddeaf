using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>Whatever stops or narrows a session holds at every client when it has returned.</summary>
[Collection(LiveGroup.Name)]
public sealed class FenceTests(LiveFixture live)
{
    private static readonly Seat[] Seats = Enum.GetValues<Seat>();
    private static readonly bool[] Modes = [false, true];
    private static readonly FunctionName Score = FunctionName.Parse("score");
    private static readonly FunctionName Train = FunctionName.Parse("train");

    [Fact]
    public async Task Pause_ExecutionsRunAtEveryClient_CancelsThemAndAdmitsNothingUntilTheResumption()
    {
        var session = await live.ActivateAsync();
        var running = await Task.WhenAll(Seats.Select(seat => HangingExecution.StartAsync(At(seat, session), Score)));

        await session.PauseAsync();

        foreach (var execution in running)
        {
            await execution.EndsAsync<SessionNotActiveException>();
            Assert.Equal(CancellationCause.Stopped, execution.Cause);
        }

        foreach (var seat in Seats)
        {
            Assert.False(At(seat, session).TryAdmit(Score, out _));
            await Assert.ThrowsAsync<SessionNotActiveException>(async () => await At(seat, session).ExecuteAsync(Score, _ => default));
        }

        await session.ResumeAsync();
        await Task.WhenAll(Seats.Select(seat => At(seat, session).ExecuteAsync(Score, _ => default).AsTask()));
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal((6, 3, 3), (usage.Executions, usage.Succeeded, usage.Cancelled));
    }

    [Fact]
    public async Task Pause_ClientsNeverRest_AdmitsNothingBetweenItsReturnAndTheResumption()
    {
        var session = await live.ActivateAsync(new() { Quotas = new() { Concurrent = 8 } });

        // A call and the beginning of what it runs enclose the admission, which nobody sees from outside: what was admitted before the
        // pause may begin long after it, because a thread goes on when it is given a processor.
        var begun = new ConcurrentQueue<(long Called, long At)>();
        var rests = new List<(long Paused, long Resuming)>();
        using var stop = new CancellationTokenSource();
        var finished = new long[Seats.Length * Modes.Length];
        var callers = Seats.SelectMany(seat => Modes, (seat, strict) => (seat, strict))
            .Select((way, i) => Task.Run(() => KeepBusy(At(way.seat, session), way.strict, i))).ToArray();

        for (var i = 0; i < 5; i++)
        {
            var before = begun.Count;
            await Eventually.Holds(() => begun.Count > before + 50, "executions begin");
            var paused = await session.PauseAsync();
            var returned = TimeProvider.System.GetTimestamp();
            await Eventually.Holds(() => finished.All(called => called > returned), "every client has asked since, and been answered");

            // What was called before the return is over too, so that whatever was admitted for it has begun.
            Assert.InRange(begun.Count, paused.Usage.Succeeded, paused.Usage.Executions);
            rests.Add((returned, TimeProvider.System.GetTimestamp()));
            await session.ResumeAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        var log = begun.ToArray();
        Assert.DoesNotContain(log, run => rests.Any(rest => rest.Paused < run.Called && run.At < rest.Resuming));

        // Who gets the processor too late runs nothing: such an admission is used up, and ends as cancelled.
        var usage = (await session.CloseAsync()).Usage;
        Assert.InRange(log.Length, usage.Succeeded, usage.Executions);

        async Task KeepBusy(SessionHandle handle, bool strict, int caller)
        {
            while (!stop.IsCancellationRequested)
            {
                var called = TimeProvider.System.GetTimestamp();
                try
                {
                    await handle.ExecuteAsync(
                        Score,
                        async _ =>
                        {
                            begun.Enqueue((called, TimeProvider.System.GetTimestamp()));
                            await Task.Yield();
                        },
                        new() { Strict = strict });
                }
                catch (SessionException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                }
                finally
                {
                    Volatile.Write(ref finished[caller], called);
                }
            }
        }
    }

    [Fact]
    public async Task Adjust_Narrower_HoldsAtEveryClientWhenItHasReturned()
    {
        var session = await live.ActivateAsync(new() { Permissions = SessionPermissions.All });
        var reading = new ExecuteOptions { Permissions = SessionPermissions.ReadCrossSession };
        foreach (var seat in Seats)
        {
            await At(seat, session).ExecuteAsync(Train, _ => default, reading);
        }

        await session.AdjustAsync(new() { FunctionPatterns = ["sc*"] });
        foreach (var seat in Seats)
        {
            Assert.False(At(seat, session).TryAdmit(Train, out _));
            await Assert.ThrowsAsync<PermissionDeniedException>(async () => await At(seat, session).ExecuteAsync(Train, _ => default));
            await At(seat, session).ExecuteAsync(Score, _ => default, reading);
        }

        await session.AdjustAsync(new() { Permissions = SessionPermissions.ExecuteFunctions });
        foreach (var seat in Seats)
        {
            var denied = await Assert.ThrowsAsync<PermissionDeniedException>(
                async () => await At(seat, session).ExecuteAsync(Score, _ => default, reading));
            Assert.Equal(nameof(SessionPermissions.ReadCrossSession), denied.Error.Rule);
            await At(seat, session).ExecuteAsync(Score, _ => default);
        }

        var narrowed = await session.AdjustAsync(new() { Quotas = new() { Executions = 9 } });
        Assert.Equal(9, narrowed.Usage.Executions);
        foreach (var seat in Seats)
        {
            Assert.False(At(seat, session).TryAdmit(Score, out _));
            var exceeded = await Assert.ThrowsAsync<QuotaExceededException>(async () => await At(seat, session).ExecuteAsync(Score, _ => default));
            Assert.Equal(("executions", 9, 9), (exceeded.Error.Dimension, exceeded.Error.Limit, exceeded.Error.Used));
        }

        Assert.Equal((9, 9), ((await session.CloseAsync()).Usage.Executions, session.LastSeen!.Usage.Succeeded));
    }

    [Fact]
    public async Task Adjust_NarrowerWhileSomethingRuns_LetsItEnd()
    {
        var session = await live.ActivateAsync();
        var end = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        var running = At(Seat.First, session).ExecuteAsync(
            Train,
            async context =>
            {
                started.SetResult();
                await end.Task.WaitAsync(context.CancellationToken);
            }).AsTask();
        await started.Task;

        await session.AdjustAsync(new() { FunctionPatterns = ["score"] });
        Assert.False(At(Seat.First, session).TryAdmit(Train, out _));
        end.SetResult();
        await running;

        Assert.Equal(1, (await session.CloseAsync()).Usage.Succeeded);
    }

    [Theory]
    [InlineData(Seat.Outside)]
    [InlineData(Seat.First)]
    [InlineData(Seat.Second)]
    public async Task Adjust_MoreOfAQuota_IsThereAtOnceForWhoeverWasJustRefused(Seat seat)
    {
        var session = await live.ActivateAsync(new() { Quotas = new() { Executions = 2, Concurrent = 1 } });
        var executor = At(seat, session);
        await executor.ExecuteAsync(Score, _ => default);
        await executor.ExecuteAsync(Score, _ => default);
        await Assert.ThrowsAsync<QuotaExceededException>(async () => await executor.ExecuteAsync(Score, _ => default));

        await session.AdjustAsync(new() { Quotas = new() { Executions = 4, Concurrent = 2 } });

        await executor.ExecuteAsync(Score, context => executor.ExecuteAsync(Train, _ => default));
        var exceeded = await Assert.ThrowsAsync<QuotaExceededException>(async () => await executor.ExecuteAsync(Score, _ => default));
        Assert.Equal(("executions", 4), (exceeded.Error.Dimension, exceeded.Error.Limit));
        Assert.Equal(4, (await session.CloseAsync()).Usage.Succeeded);
    }

    [Theory]
    [InlineData(Seat.Outside)]
    [InlineData(Seat.Second)]
    public async Task Expiry_WhileSomethingRuns_CancelsItAndRefusesWhatComes(Seat seat)
    {
        var session = await live.ActivateAsync(new() { MaxDuration = TimeSpan.FromSeconds(1), AutoExpire = false });

        var running = await HangingExecution.StartAsync(At(seat, session), Score);
        await running.EndsAsync<SessionExpiredException>();

        // A client counts its leases short, so that the session may have a few milliseconds left.
        Assert.Equal(CancellationCause.Expired, running.Cause);
        Assert.False(At(seat, session).TryAdmit(Score, out _));
        await Eventually.Holds(() => TimeProvider.System.GetUtcNow() > session.LastSeen!.ExpiresAt, "the end is past");
        await Assert.ThrowsAsync<SessionExpiredException>(async () => await At(seat, session).ExecuteAsync(Score, _ => default));
        await Assert.ThrowsAsync<SessionExpiredException>(
            async () => await At(seat, session).ExecuteAsync(Score, _ => default, new() { Strict = true }));
        var closed = await session.CloseAsync();
        Assert.Equal((1, 1, EndReason.Asked), (closed.Usage.Executions, closed.Usage.Cancelled, closed.EndReason));
    }

    [Fact]
    public async Task Expiry_OfASessionThatExpiresByItself_ClosesItWithItsUsage()
    {
        var session = await live.ActivateAsync(new() { MaxDuration = TimeSpan.FromSeconds(1) });

        var running = await HangingExecution.StartAsync(At(Seat.First, session), Score);
        var end = await running.EndsAnyhowAsync();

        // Whether the client or the session looked at its clock first.
        Assert.True(end is SessionExpiredException or SessionNotActiveException, end.ToString());
        var closed = await Eventually.Get(
            async () => await session.GetAsync(), snapshot => snapshot.Status == SessionStatus.Closed, "the session closes by itself");
        Assert.Equal((EndReason.Expired, 1), (closed.EndReason, closed.Usage.Executions));
        await Assert.ThrowsAsync<SessionNotActiveException>(async () => await At(Seat.First, session).ExecuteAsync(Score, _ => default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Renew_Shorter_CancelsWhatRunsAtTheNewEnd(bool autoExpire)
    {
        var session = await live.ActivateAsync(new() { AutoExpire = autoExpire });
        var running = await Task.WhenAll(Seats.Select(seat => HangingExecution.StartAsync(At(seat, session), Score)));

        var end = TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(500);
        await session.RenewAsync(new RenewSessionOptions { Until = end, AllowShortening = true });

        foreach (var execution in running)
        {
            await execution.EndsAnyhowAsync();
            Assert.InRange(execution.Cause, CancellationCause.Expired, CancellationCause.Stopped);
        }

        Assert.True(TimeProvider.System.GetUtcNow() >= end - TimeSpan.FromMilliseconds(50), $"They were cancelled before {end:O}.");
        await Eventually.Holds(() => TimeProvider.System.GetUtcNow() > end, "the end is past");
        await session.GetAsync();
        foreach (var seat in Seats)
        {
            var refused = await Assert.ThrowsAnyAsync<SessionException>(async () => await At(seat, session).ExecuteAsync(Score, _ => default));
            Assert.Equal(autoExpire ? SessionErrorCode.SessionNotActive : SessionErrorCode.SessionExpired, refused.Code);
        }
    }

    [Fact]
    public async Task Renew_Longer_WhatRunsGoesOnPastTheOldEnd()
    {
        var session = await live.ActivateAsync(new() { MaxDuration = TimeSpan.FromSeconds(2) });
        var running = await HangingExecution.StartAsync(At(Seat.First, session), Score);
        var end = session.LastSeen!.ExpiresAt;

        await session.RenewAsync(TimeSpan.FromMinutes(10));
        await Eventually.Holds(() => TimeProvider.System.GetUtcNow() > end + TimeSpan.FromMilliseconds(500), "the old end is past");

        Assert.Equal(CancellationCause.None, running.Cause);
        await At(Seat.First, session).ExecuteAsync(Train, _ => default);
        await session.PauseAsync();
        await running.EndsAsync<SessionNotActiveException>();
    }

    private SessionHandle At(Seat seat, SessionHandle session) => live.At(seat).Manager.Get(session.Id).Handle;
}
