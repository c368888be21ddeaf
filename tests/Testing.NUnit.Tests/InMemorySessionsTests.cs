using NUnit.Framework;

namespace Sessions.Testing.NUnit.Tests;

/// <summary>Sessions in memory, in a test of NUnit.</summary>
[TestFixture]
public sealed class InMemorySessionsTests
{
    private static readonly FunctionName Score = FunctionName.Parse("eval.score");

    [Test]
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
        Assert.That(score, Is.EqualTo(42));
        await Assert.ThatAsync(
            () => session.ExecuteAsync(Score, static _ => new ValueTask<int>(43)).AsTask(),
            Throws.TypeOf<QuotaExceededException>().With.Property(nameof(QuotaExceededException.Dimension)).EqualTo("executions"));

        await sessions.AdvanceAsync(TimeSpan.FromMinutes(9));
        Assert.That((await session.GetAsync()).Status, Is.EqualTo(SessionStatus.Active));
        await sessions.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.That((await session.GetAsync()).EndReason, Is.EqualTo(EndReason.Expired));
    }
}
