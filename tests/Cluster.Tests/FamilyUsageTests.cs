using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>Quotas that move to children and back, under real leases.</summary>
[Collection(LiveGroup.Name)]
public sealed class FamilyUsageTests(LiveFixture live)
{
    private static readonly FunctionName Score = FunctionName.Parse("score");

    [Fact]
    public async Task QuotaMovedToAChild_IsTheChildsAndComesBackLessWhatItUsed()
    {
        var parent = await live.ActivateAsync(new() { Quotas = new() { Executions = 10 } });
        await RunAsync(live.At(Seat.First).Get(parent.Id), 1);
        var child = await OpenAsync(parent, new() { Executions = 6 });

        await RunAsync(parent, 3);
        var denied = await Assert.ThrowsAsync<QuotaExceededException>(() => RunAsync(parent, 1));
        await RunAsync(child, 2);
        await child.CloseAsync();
        await Childless(parent);
        await RunAsync(live.At(Seat.Second).Get(parent.Id), 4);
        await Assert.ThrowsAsync<QuotaExceededException>(() => RunAsync(parent, 1));
        var closed = await parent.CloseAsync();

        Assert.Equal("executions", denied.Error.Dimension);
        Assert.Equal((10, 10), (closed.Usage.Executions, closed.Usage.Succeeded));
        Assert.Equal(10, closed.Configuration.Quotas.Executions);
    }

    [Fact]
    public async Task WhatRunsInTheParent_CannotBeMoved()
    {
        var parent = await live.ActivateAsync(new() { Quotas = new() { Concurrent = 3 } });
        var begun = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        var running = parent.ExecuteAsync(Score, async _ =>
        {
            begun.SetResult();
            await end.Task;
        }).AsTask();
        await begun.Task;

        var refused = (await Assert.ThrowsAsync<QuotaExceededException>(() => OpenAsync(parent, new() { Concurrent = 3 }))).Error;
        var child = await OpenAsync(parent, new() { Concurrent = 2 });
        var denied = await Assert.ThrowsAsync<QuotaExceededException>(() => RunAsync(live.At(Seat.First).Get(parent.Id), 1));
        await RunAsync(child, 1);
        end.SetResult();
        await running;

        Assert.Equal(("concurrent", 3L, 1L), (refused.Dimension, refused.Limit, refused.Used));
        Assert.Equal("concurrent", denied.Error.Dimension);
        await parent.CloseAsync();
    }

    [Fact]
    public async Task TreeClosed_UsageOfAllLevels_IsInTheTop()
    {
        var top = await live.ActivateAsync(new() { Quotas = new() { Executions = 100, ComputeTime = TimeSpan.FromMinutes(1) } });
        var middle = await OpenAsync(top, new() { Executions = 50, ComputeTime = TimeSpan.FromSeconds(30) });
        var bottom = await OpenAsync(middle, new() { Executions = 20, ComputeTime = TimeSpan.FromSeconds(10) });
        await RunAsync(top, 1);
        await RunAsync(middle, 2);
        await RunAsync(bottom, 4);

        var closed = await top.CloseAsync();

        Assert.Equal(SessionStatus.Closed, closed.Status);
        Assert.Equal((7, 7, 0), (closed.Usage.Executions, closed.Usage.Succeeded, closed.Usage.Children));
        Assert.Equal(6, (await middle.GetAsync()).Usage.Executions);
        Assert.True(closed.Usage.ComputeTime > TimeSpan.Zero);
        var denied = await Assert.ThrowsAsync<SessionNotActiveException>(() => RunAsync(bottom, 1));
        Assert.Equal(SessionErrorCode.SessionNotActive, denied.Code);
    }

    [Theory]
    [InlineData(Seat.First)]
    [InlineData(Seat.Outside)]
    public async Task Context_OpensAChildFromWithin_AndItEndsWithTheSession(Seat seat)
    {
        var parent = await live.ActivateAsync(new() { Quotas = new() { Executions = 5 } }, seat);

        var child = await parent.ExecuteAsync(Score, async context => await context.OpenChildAsync(new()
        {
            Overrides = new() { Quotas = new() { Executions = 4 } },
        }));
        await child.ActivateAsync();
        await RunAsync(child, 4);
        var closed = await parent.CloseAsync();

        Assert.Equal((5, 5), (closed.Usage.Executions, closed.Usage.Succeeded));
        Assert.Equal(EndReason.ParentEnded, (await child.GetAsync()).EndReason);
    }

    [Fact]
    public async Task RateMovedThereAndBack_NoSecondSeesMoreThanTheQuota()
    {
        const int PerSecond = 10;
        var parent = await live.ActivateAsync(new() { Quotas = new() { PerSecond = PerSecond } });
        var starts = new System.Collections.Concurrent.ConcurrentBag<long>();
        await StartAsync(parent, starts, PerSecond);
        var child = await OpenAsync(parent, new() { PerSecond = PerSecond });
        await StartAsync(child, starts, PerSecond);
        await child.CloseAsync();
        await Childless(parent);
        await StartAsync(parent, starts, PerSecond);
        await parent.CloseAsync();

        var ordered = starts.Order().ToArray();
        Assert.Equal(3 * PerSecond, ordered.Length);
        for (var i = PerSecond; i < ordered.Length; i++)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(ordered[i - PerSecond], ordered[i]) >= TimeSpan.FromMilliseconds(990), $"{PerSecond + 1} began within a second at {i}");
        }
    }

    private static async Task RunAsync(SessionHandle session, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await session.ExecuteAsync(Score, _ => default);
        }
    }

    private static async Task StartAsync(SessionHandle session, System.Collections.Concurrent.ConcurrentBag<long> starts, int times)
    {
        for (var i = 0; i < times;)
        {
            try
            {
                await session.ExecuteAsync(Score, _ =>
                {
                    starts.Add(TimeProvider.System.GetTimestamp());
                    return default;
                });
                i++;
            }
            catch (QuotaExceededException exceeded)
            {
                await Task.Delay(exceeded.Error.RetryAfter ?? TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    private static Task Childless(SessionHandle parent) => Eventually.TrueAsync(
        async () => (await parent.GetAsync()).Children.IsEmpty, "the parent has taken notice of the end");

    private static async Task<SessionHandle> OpenAsync(SessionHandle parent, SessionQuotas quotas)
    {
        var child = await parent.OpenChildAsync(new() { Overrides = new() { Quotas = quotas } });
        await child.ActivateAsync();
        return child;
    }
}
