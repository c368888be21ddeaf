using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Answers;

/// <summary>
/// Commands that are sent, repeated, delayed and overtaken: whichever sending arrives first, and whatever the clocks of the callers say, each
/// command is done once at most, and one that is repeated within the window gets its answer.
/// </summary>
public class DeliveryTests
{
    public static TheoryData<int> Batches => new(Enumerable.Range(0, 8));

    [Theory]
    [MemberData(nameof(Batches))]
    public void AnyOrderOfSendings_NothingIsDoneTwiceAndRepetitionsGetTheirAnswers(int batch)
    {
        var reached = new Reached();
        for (var n = 0; n < Seeds.Scale(40); n++)
        {
            var delivery = new Delivery((batch * 10_000) + n);
            delivery.Run();
            Assert.True(delivery.Faults.Count == 0, $"seed {(batch * 10_000) + n}: {string.Join("; ", delivery.Faults.Take(3))}");
            reached.Add(delivery.Reached);
        }

        // Otherwise the above would hold because nothing of the kind happened.
        Assert.True(reached is { Done: > 100, Replayed: > 20, ReplayedFromBeside: > 5, TooOld: > 5, DoneAgain: 0 }, reached.ToString());
    }

    [Fact]
    public void RulesWithoutWhatIsKeptBeside_AreFound() => AssertFound((id, record, command, facts) =>
        SessionRules.Decide(id, record, command, facts) is { NeedsAnswer: false } decision
            ? decision
            : SessionRules.Decide(id, record, command, facts with { Found = new FoundAnswer(long.MaxValue, null) }));

    [Fact]
    public void RulesThatDoNotNoteWhatTheyForget_AreFound() => AssertFound((id, record, command, facts) =>
        SessionRules.Decide(id, record?.History is { } history ? record with { History = history with { Forgotten = null } } : record, command, facts));

    [Fact]
    public void RulesThatForgetByCount_AreFound() => AssertFound((id, record, command, facts) =>
        SessionRules.Decide(id, record is null ? null : record with { History = null }, command, facts));

    private static void AssertFound(KeptAnswers.Rule broken) => Assert.Contains(Enumerable.Range(0, 200), seed =>
    {
        var delivery = new Delivery(seed, broken);
        delivery.Run();
        return delivery.Faults.Count > 0;
    });
}
