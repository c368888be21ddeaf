using Sessions.Client;

namespace Sessions.Cluster.Tests;

/// <summary>What is reserved and given back, rather than used up.</summary>
[Collection(LiveGroup.Name)]
public sealed class HeldQuotaTests(LiveFixture live)
{
    [Theory]
    [InlineData(HeldQuota.DataBytes, "dataBytes")]
    [InlineData(HeldQuota.Children, "children")]
    public async Task Reserve_UpToTheLimit_IsHeldUntilItIsGivenBack(HeldQuota quota, string dimension)
    {
        var session = await live.ActivateAsync(new() { Quotas = new() { DataBytes = 100, Children = 100 } });

        await session.ReserveAsync(quota, 60);
        var exceeded = await Assert.ThrowsAsync<QuotaExceededException>(() => live.At(Seat.First).Get(session.Id).ReserveAsync(quota, 50));
        await session.ReserveAsync(quota, 40);
        await session.GiveBackAsync(quota, 70);
        var held = await session.ReserveAsync(quota, 50);

        Assert.Equal((dimension, 100, 60), (exceeded.Error.Dimension, exceeded.Error.Limit, exceeded.Error.Used));
        Assert.Equal(80, quota == HeldQuota.DataBytes ? held.Usage.DataBytes : held.Usage.Children);
        Assert.Equal(0, quota == HeldQuota.DataBytes ? held.Usage.Children : held.Usage.DataBytes);
        await session.CloseAsync();
    }

    [Fact]
    public async Task GiveBack_MoreThanIsHeld_IsRefusedAndChangesNothing()
    {
        var session = await live.ActivateAsync(new() { Quotas = new() { DataBytes = 100 } });
        await session.ReserveAsync(HeldQuota.DataBytes, 10);

        await Assert.ThrowsAsync<InvalidConfigurationException>(() => session.GiveBackAsync(HeldQuota.DataBytes, 11));

        Assert.Equal(10, (await session.CloseAsync()).Usage.DataBytes);
    }

    [Fact]
    public async Task Reserve_WhileClientsHoldLeases_LeavesTheirUsageAlone()
    {
        var session = await live.ActivateAsync(new() { Quotas = new() { DataBytes = 100, Executions = 100 } });
        await live.At(Seat.First).Get(session.Id).ExecuteAsync(FunctionName.Parse("score"), _ => default);

        await session.ReserveAsync(HeldQuota.DataBytes, 10);
        var closed = await session.CloseAsync();

        Assert.Equal((1, 1, 10), (closed.Usage.Executions, closed.Usage.Succeeded, closed.Usage.DataBytes));
    }
}
