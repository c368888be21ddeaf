using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Sessions.Testing.MSTest.Tests;

/// <summary>Sessions in memory, in a test of MSTest.</summary>
[TestClass]
public sealed class InMemorySessionsTests
{
    private static readonly FunctionName Score = FunctionName.Parse("eval.score");

    [TestMethod]
    public async Task SessionWithOneExecution_ExecutedTwiceAndExpired_SecondIsRefusedAndSessionEnds()
    {
        await using var sessions = new InMemorySessions();
        var session = await sessions.Client.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/eval"),
            Creator = Principal.Parse("alice"),
            Overrides = new() { Quotas = new() { Executions = 1 }, MaxDuration = TimeSpan.FromMinutes(10) },
        });
        await session.ActivateAsync();

        var score = await session.ExecuteAsync(Score, static _ => new ValueTask<int>(42));
        Assert.AreEqual(42, score);
        var refused = await Assert.ThrowsExactlyAsync<QuotaExceededException>(
            () => session.ExecuteAsync(Score, static _ => new ValueTask<int>(43)).AsTask());
        Assert.AreEqual("executions", refused.Dimension);

        await sessions.AdvanceAsync(TimeSpan.FromMinutes(9));
        Assert.AreEqual(SessionStatus.Active, (await session.GetAsync()).Status);
        await sessions.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.AreEqual(EndReason.Expired, (await session.GetAsync()).EndReason);
    }
}
