using Sessions.Client;

namespace Sessions.Cluster.Tests;

/// <summary>Grains that are called only in sessions.</summary>
[Collection(LiveGroup.Name)]
public sealed class GuardTests(LiveFixture live)
{
    [Fact]
    public async Task Call_InASession_IsAdmittedAndCounted()
    {
        var session = await live.ActivateAsync(new() { ExecutionLogging = true });

        using (SessionCall.Use(session.Id))
        {
            Assert.Equal(0, await Scoring(1).Score("text"));
            Assert.Equal("scores", await Scoring(1).Describe());
        }

        await session.PauseAsync();
        var entry = Assert.Single(await session.GetExecutionsAsync().ToListAsync());
        Assert.Equal(("ISampleScoringGrain.Score", ExecutionOutcome.Succeeded), (entry.Function.ToString(), entry.Outcome));
        Assert.Equal((1, 1), ((await session.CloseAsync()).Usage.Executions, session.LastSeen!.Usage.Succeeded));
    }

    [Fact]
    public async Task Call_WithoutASession_IsDenied()
    {
        var denied = await Assert.ThrowsAsync<SessionException>(() => Scoring(2).Score("text"));

        Assert.Equal((SessionErrorCode.PermissionDenied, "scores"), (denied.Code, await Scoring(2).Describe()));
    }

    [Fact]
    public async Task Call_InAPausedSession_IsRefused()
    {
        var session = await live.ActivateAsync();
        using var carried = SessionCall.Use(session.Id);
        await Scoring(3).Score("text");

        await session.PauseAsync();
        var refused = await Assert.ThrowsAsync<SessionException>(() => Scoring(3).Score("text"));
        await session.ResumeAsync();
        await Scoring(3).Score("text");

        Assert.Equal(SessionErrorCode.SessionNotActive, refused.Code);
        Assert.Equal(2, (await session.CloseAsync()).Usage.Succeeded);
    }

    [Fact]
    public async Task Call_OutsideThePatterns_IsDenied()
    {
        var session = await live.ActivateAsync(new() { FunctionPatterns = ["score-*"] });
        using var carried = SessionCall.Use(session.Id);

        var denied = await Assert.ThrowsAsync<SessionException>(() => Scoring(4).Score("text"));

        Assert.Equal(SessionErrorCode.PermissionDenied, denied.Code);
        Assert.Equal(0, (await session.CloseAsync()).Usage.Executions);
    }

    [Fact]
    public async Task GuardedGrain_CallsAnother_NestsInItself()
    {
        var session = await live.ActivateAsync();
        using var carried = SessionCall.Use(session.Id);

        Assert.Equal(1, await Scoring(10).ScoreTwice("text"));
        Assert.Equal(0, await Scoring(10).Score("text"));

        Assert.Equal(3, (await session.CloseAsync()).Usage.Succeeded);
    }

    [Fact]
    public async Task GuardedGrain_CallsAnotherWithoutComposing_IsDeniedAndFails()
    {
        var session = await live.ActivateAsync(new() { Permissions = SessionPermissions.ExecuteFunctions });
        using var carried = SessionCall.Use(session.Id);

        var denied = await Assert.ThrowsAsync<SessionException>(() => Scoring(20).ScoreTwice("text"));

        Assert.Equal((SessionErrorCode.PermissionDenied, nameof(SessionPermissions.ComposeFunctions)), (denied.Code, denied.Error.Rule));
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal((1, 1), (usage.Executions, usage.Failed));
    }

    [Fact]
    public async Task GuardedGrain_Throws_ItsOwnExceptionReachesTheCallerAndCountsAsFailed()
    {
        var session = await live.ActivateAsync();
        using var carried = SessionCall.Use(session.Id);

        var thrown = await Assert.ThrowsAsync<FormatException>(() => Scoring(30).Score(""));

        Assert.Equal("nothing to score", thrown.Message);
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal((1, 1), (usage.Executions, usage.Failed));
    }

    private ISampleScoringGrain Scoring(long key) => live.Cluster.Client.GetGrain<ISampleScoringGrain>(key);
}
