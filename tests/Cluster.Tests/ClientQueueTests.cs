using System.Collections.Concurrent;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>Waiting for a place as clients do it, through the gateway and from inside a silo.</summary>
[Collection(LiveGroup.Name)]
public sealed class ClientQueueTests(LiveFixture live) : IAsyncLifetime
{
    private readonly SessionNamespace name = SessionNamespace.Parse($"w{Guid.NewGuid():n}");

    public Task InitializeAsync() => live.At(Seat.Outside).SetPolicyAsync(
        name, new() { MaxLiveSessions = 1, Queue = new(10, TimeSpan.FromMinutes(10)) }, new() { ApplyNow = true });

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(Seat.Outside)]
    [InlineData(Seat.First)]
    [InlineData(Seat.Second)]
    public async Task ClientThatWaits_IsToldWhereItStands_AndHasItsSessionWhenAPlaceComesFree(Seat seat)
    {
        var (holder, told) = (await CreateAsync(seat), new Told());
        await holder.ActivateAsync();
        var session = await CreateAsync(seat);
        var waiting = session.ActivateAsync(new() { WaitForPlace = TimeSpan.FromMinutes(1), Progress = told, Reason = "patient" });
        await Eventually.Holds(() => told.Places.Contains(new QueuePlace(name, 1, 1, null)), "it stands in the line");

        await holder.CloseAsync();

        Assert.Equal((SessionStatus.Active, "patient"), ((await waiting).Status, session.LastSeen!.LastChange!.Reason));
        await session.ExecuteAsync(FunctionName.Parse("f"), _ => default);
    }

    [Fact]
    public async Task ClientThatGivesUp_LeavesTheLine_AndItsSessionIsNotActivated()
    {
        var (holder, told) = (await CreateAsync(Seat.Outside), new Told());
        await holder.ActivateAsync();
        var (first, second) = (await CreateAsync(Seat.Outside), await CreateAsync(Seat.Outside));
        using var stop = new CancellationTokenSource();
        var givingUp = first.ActivateAsync(new() { WaitForPlace = TimeSpan.FromMinutes(1), Progress = told }, stop.Token);
        await Eventually.Holds(() => !told.Places.IsEmpty, "it stands in the line");
        var waiting = second.ActivateAsync(new() { WaitForPlace = TimeSpan.FromMinutes(1) });

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givingUp);
        await Eventually.TrueAsync(
            async () => Assert.Single((await live.At(Seat.Outside).GetEffectivePolicyAsync(name)).Live).Waiting == 1, "only the other one waits");
        await holder.CloseAsync();
        Assert.Equal(SessionStatus.Active, (await waiting).Status);
        Assert.Equal(SessionStatus.Created, (await first.GetAsync()).Status);
    }

    [Fact]
    public async Task ClientThatWaitedInVain_IsRefusedWithTheMaximum()
    {
        await (await CreateAsync(Seat.Outside)).ActivateAsync();
        var session = await CreateAsync(Seat.Outside);

        var refused = await Assert.ThrowsAsync<PolicyViolationException>(
            () => session.ActivateAsync(new() { WaitForPlace = TimeSpan.FromSeconds(1) }));

        Assert.Equal((name, 1L, true), (refused.Namespace, refused.Error.Limit, refused.RetryAfter > TimeSpan.Zero));
        Assert.StartsWith("No place has come free in 1.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(SessionStatus.Created, (await session.GetAsync()).Status);
    }

    private Task<SessionHandle> CreateAsync(Seat seat) => live.At(seat).CreateAsync(Clients.Creation() with { Namespace = name });

    private sealed class Told : IProgress<QueuePlace>
    {
        public ConcurrentQueue<QueuePlace> Places { get; } = new();

        public void Report(QueuePlace value) => Places.Enqueue(value);
    }
}
