using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>Executions by the real client against the real session.</summary>
[Collection(LiveGroup.Name)]
public sealed class ExecutionTests(LiveFixture live)
{
    private static readonly FunctionName Score = FunctionName.Parse("score");
    private static readonly FunctionName Train = FunctionName.Parse("train");
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData(Seat.Outside, false)]
    [InlineData(Seat.Outside, true)]
    [InlineData(Seat.First, false)]
    [InlineData(Seat.Second, false)]
    [InlineData(Seat.Second, true)]
    public async Task Executions_OfEveryOutcome_SurfaceAsTheyAreAndAreCountedExactly(Seat seat, bool strict)
    {
        var session = await live.ActivateAsync(seat: seat);
        var options = new ExecuteOptions { Strict = strict };
        using var own = new CancellationTokenSource();

        var value = await session.ExecuteAsync(
            Score,
            async context =>
            {
                await Task.Yield();
                return (context.SessionId, SessionContext.Current == context);
            },
            options);
        var failure = await Assert.ThrowsAsync<FormatException>(
            async () => await session.ExecuteAsync(Score, _ => throw new FormatException("not a number"), options));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await session.ExecuteAsync(
            Score,
            async context =>
            {
                await own.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            },
            options,
            own.Token));

        Assert.Equal((session.Id, true), value);
        Assert.Equal("not a number", failure.Message);
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal((3, 1, 1, 1, 0), (usage.Executions, usage.Succeeded, usage.Failed, usage.Cancelled, usage.Abandoned));
        Assert.True(usage.FirstActivityAt <= usage.LastActivityAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LogAndLatencies_SettingsAskForThem_AreKept(bool strict)
    {
        var session = await live.ActivateAsync(new() { ExecutionLogging = true, PerformanceMonitoring = true });
        var options = new ExecuteOptions { Strict = strict };

        await session.ExecuteAsync(Score, context => context.ExecuteAsync(Train, _ => default), options);
        await Assert.ThrowsAsync<FormatException>(async () => await session.ExecuteAsync(Score, _ => throw new FormatException(), options));
        var closed = await session.CloseAsync();

        var log = await session.GetExecutionsAsync().ToListAsync();
        Assert.Equal(
            [(1, Train, ExecutionOutcome.Succeeded, 1), (2, Score, ExecutionOutcome.Succeeded, 0), (3, Score, ExecutionOutcome.Failed, 0)],
            log.Select(entry => (entry.Sequence, entry.Function, entry.Outcome, entry.Depth)));
        Assert.Equal((3, 0), (closed.Usage.Latencies!.Total, closed.Usage.LogDropped));
        Assert.Equal([3], await session.GetExecutionsAsync(afterSequence: 2).Select(entry => entry.Sequence).ToListAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LogAndLatencies_SettingsDoNotAsk_AreNotKept(bool strict)
    {
        var session = await live.ActivateAsync();

        await session.ExecuteAsync(Score, _ => default, new() { Strict = strict });
        var usage = (await session.CloseAsync()).Usage;

        Assert.Equal(1, usage.Succeeded);
        Assert.Null(usage.Latencies);
        Assert.Empty(await session.GetExecutionsAsync().ToListAsync());
    }

    [Fact]
    public async Task Log_LongerThanOnePageAndThanOneReport_IsWholeWhileTheSessionGoesOn()
    {
        var session = await live.ActivateAsync(new() { ExecutionLogging = true });
        for (var i = 0; i < 700; i++)
        {
            await session.ExecuteAsync(Score, _ => default);
        }

        // What the client has not reported yet is not there yet; a pause is the end of that.
        await session.PauseAsync();
        var sequences = await session.GetExecutionsAsync().Select(entry => entry.Sequence).ToListAsync();

        Assert.Equal(Enumerable.Range(1, 700).Select(i => (long)i), sequences);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nested_WithoutComposing_IsDenied(bool strict)
    {
        var session = await live.ActivateAsync(new() { Permissions = SessionPermissions.ExecuteFunctions });

        var denied = await Assert.ThrowsAsync<PermissionDeniedException>(async () => await session.ExecuteAsync(
            Score, context => context.ExecuteAsync(Train, _ => default), new() { Strict = strict }));

        Assert.Equal(nameof(SessionPermissions.ComposeFunctions), denied.Error.Rule);
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal((1, 1), (usage.Executions, usage.Failed));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nested_DeeperAndDeeper_EndsAtSixteen(bool strict)
    {
        var session = await live.ActivateAsync();
        var deepest = -1;

        var exceeded = await Assert.ThrowsAsync<QuotaExceededException>(
            async () => await session.ExecuteAsync(Score, NestAsync, new() { Strict = strict }));

        Assert.Equal((16, "depth", 16), (deepest, exceeded.Error.Dimension, exceeded.Error.Limit));
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal((17, 17), (usage.Executions, usage.Failed));

        async ValueTask NestAsync(SessionContext context)
        {
            deepest = context.Depth;
            await context.ExecuteAsync(Score, NestAsync);
        }
    }

    [Theory]
    [InlineData(Seat.Outside, false)]
    [InlineData(Seat.First, false)]
    [InlineData(Seat.Outside, true)]
    public async Task ComputeTime_UsedUpWhileItRuns_CancelsAndRefusesFromThenOn(Seat seat, bool strict)
    {
        // A strict one asks for more on its way: half of its run is left for the answer, and a busy machine needs its time for that.
        var limit = strict ? TimeSpan.FromSeconds(6) : Limit;
        var session = await live.ActivateAsync(new() { Quotas = new() { ComputeTime = limit } }, seat);
        var options = new ExecuteOptions { Strict = strict, RunFor = strict ? TimeSpan.FromSeconds(5) : null };

        var began = TimeProvider.System.GetTimestamp();
        var running = await HangingExecution.StartAsync(session, Score, options);
        var exceeded = await running.EndsAsync<QuotaExceededException>();
        Assert.Equal((CancellationCause.ComputeTime, "computeTime"), (running.Cause, exceeded.Error.Dimension));

        // Clocks and blocks leave a few milliseconds over, which whoever comes next may have yet. A strict one may lose them before
        // it has heard whether it gets more.
        var executions = 1;
        for (running = await HangingExecution.StartAsync(session, Score, options); running.HasStarted; executions++)
        {
            await running.EndsAnyhowAsync();
            running = await HangingExecution.StartAsync(session, Score, options);
        }

        Assert.Equal("computeTime", (await running.EndsAsync<QuotaExceededException>()).Error.Dimension);
        Assert.InRange(executions, 1, 10);
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal((0, 0), (usage.Succeeded, usage.Failed));
        Assert.Equal(usage.Executions, usage.Cancelled + usage.Abandoned);

        // Nothing runs on in a grace where compute time is limited. A strict one that says of its end later than the margin, on a machine that is
        // busy for so long, counts as abandoned by then; one of a lease never does.
        Assert.InRange(usage.Abandoned, 0, strict ? executions : 0);

        // They ran one after another, so that together they cannot have used more than all of the time.
        Assert.InRange(usage.ComputeTime, limit / 2, TimeProvider.System.GetElapsedTime(began));
    }

    [Fact]
    public async Task Strict_BeyondThePlaces_IsRefusedUntilOneIsFree()
    {
        var session = await live.ActivateAsync(new() { Quotas = new() { Concurrent = 1 } });
        var options = new ExecuteOptions { Strict = true };

        var refused = await session.ExecuteAsync(
            Score, async _ => await Assert.ThrowsAsync<QuotaExceededException>(async () => await session.ExecuteAsync(Train, _ => default, options)), options);
        await session.ExecuteAsync(Train, _ => default, options);

        Assert.Equal(("concurrent", 1), (refused.Error.Dimension, refused.Error.Limit));
        Assert.NotNull(refused.Error.RetryAfter);
        Assert.Equal(2, (await session.CloseAsync()).Usage.Succeeded);
    }

    [Fact]
    public async Task Strict_LongerThanItsRun_IsExtendedUntilThePause()
    {
        var session = await live.ActivateAsync();

        // Half of it is left for an answer when it asks for more, and a busy machine needs its time for that.
        var running = await HangingExecution.StartAsync(session, Score, new() { Strict = true, RunFor = TimeSpan.FromSeconds(2) });
        await Eventually.Holds(() => live.Calls.Answered(session.Id, "Extend") == 2, "it has been extended, and has asked for more under that");
        Assert.Equal(CancellationCause.None, running.Cause);

        await session.PauseAsync();

        await running.EndsAsync<SessionNotActiveException>();
        Assert.Equal(CancellationCause.Stopped, running.Cause);
        Assert.Equal(1, (await session.CloseAsync()).Usage.Cancelled);
    }
}
