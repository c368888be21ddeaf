using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>The manager of sessions at hand, over real ones.</summary>
[Collection(LiveGroup.Name)]
public sealed class ManagerTests(LiveFixture live)
{
    private static readonly FunctionName Score = FunctionName.Parse("score");

    [Theory]
    [InlineData(Seat.Outside)]
    [InlineData(Seat.First)]
    public async Task Open_UsedAtOnce_RunsWhenTheSessionIsThere(Seat seat)
    {
        var manager = live.At(seat).Manager;

        var session = manager.Open(Clients.Creation());
        var value = await session.ExecuteAsync(Score, context => new ValueTask<SessionId>(context.SessionId));

        Assert.Equal(session.Id, value);
        Assert.Same(session, manager.Get(session.Id));
        Assert.DoesNotContain(manager.Pending, operation => operation.SessionId == session.Id);
        Assert.Equal(1, (await session.Handle.CloseAsync()).Usage.Succeeded);
    }

    [Fact]
    public async Task Open_FromATemplateThatDoesNotExist_SurfacesOnTheNextUseAndIsForgotten()
    {
        var manager = live.At(Seat.Outside).Manager;

        var session = manager.Open(Clients.Creation() with { Template = TemplateReference.Parse("nowhere") });
        await Eventually.Holds(() => !session.IsPending, "the creation ends");
        await Assert.ThrowsAsync<TemplateNotFoundException>(async () => await session.ExecuteAsync(Score, _ => default));

        Assert.NotSame(session, manager.Get(session.Id));
        await Assert.ThrowsAsync<SessionNotFoundException>(async () => await manager.Get(session.Id).ExecuteAsync(Score, _ => default));
    }

    [Theory]
    [InlineData(Seat.Outside, Seat.Second)]
    [InlineData(Seat.First, Seat.Outside)]
    public async Task Pause_BySomebodyElse_ReachesTheSnapshotAtHand(Seat holder, Seat other)
    {
        var session = live.At(holder).Manager.Open(Clients.Creation());
        await session.ExecuteAsync(Score, _ => default);

        var paused = await live.At(other).Get(session.Id).PauseAsync(new() { Reason = "enough" });

        await Eventually.Holds(() => session.LastSeen!.Version >= paused.Version, "the holder is told");
        Assert.Equal((SessionStatus.Paused, "enough"), (session.LastSeen!.Status, session.LastSeen.LastChange!.Reason));
        await live.At(other).Get(session.Id).CloseAsync();
    }

    [Fact]
    public async Task Close_BySomebodyElse_TheManagerForgetsTheSession()
    {
        var manager = live.At(Seat.First).Manager;
        var session = manager.Open(Clients.Creation());
        await session.ExecuteAsync(Score, _ => default);

        await live.At(Seat.Outside).Get(session.Id).CloseAsync();

        await Eventually.Holds(() => manager.Get(session.Id) != session, "the session is forgotten");
    }
}
