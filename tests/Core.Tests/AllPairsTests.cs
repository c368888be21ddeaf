using System.Text.Json;
using Sessions.Core.Stored;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

/// <summary>Every state × every verb × with and without a provisioner.</summary>
public class AllPairsTests
{
    public static TheoryData<SessionStatus?, SessionVerb, bool> Pairs
    {
        get
        {
            var pairs = new TheoryData<SessionStatus?, SessionVerb, bool>();
            foreach (var provisioned in new[] { false, true })
            {
                foreach (var verb in Given.Verbs)
                {
                    pairs.Add(null, verb, provisioned);
                    foreach (var status in Given.Statuses.Where(status => Given.IsReachable(status, provisioned)))
                    {
                        pairs.Add(status, verb, provisioned);
                    }
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void AnyState_AnyVerb_CommitsTheTablesMoveOrLeavesNothing(SessionStatus? from, SessionVerb verb, bool provisioned)
    {
        var record = from is { } status ? Given.SessionIn(status, provisioned) : null;
        var before = Stored(record);
        var command = Given.Command(verb, fromNothing: from is null, provisioned);
        var facts = Given.Facts(template: provisioned ? Given.ProvisionedTemplate : null);

        var decision = SessionRules.Decide(Given.Id, record, command, facts);

        if (TargetOf(from, verb, provisioned) is { } target)
        {
            Assert.Null(decision.Refusal);
            Assert.Equal(target, decision.Next!.Status);
            Assert.Equal((record?.Version ?? 0) + 1, decision.Next.Version);
            Assert.Equal(command.CommandId, decision.Next.Answers[^1].CommandId);
            return;
        }

        Assert.Null(decision.Next);
        Assert.Empty(decision.Events);
        Assert.Equal(before, Stored(record));
        AssertRefused(decision, record, verb);
    }

    [Fact]
    public void Pairs_Counted_CoverEveryStateAndVerb()
    {
        var covered = Pairs.Select(row => ((SessionStatus?)row[0], (SessionVerb)row[1])).ToHashSet();

        Assert.Equal((Given.Statuses.Count + 1) * Given.Verbs.Count, covered.Count);
    }

    private static void AssertRefused(Decision decision, SessionRecord? record, SessionVerb verb)
    {
        if (record is null)
        {
            Assert.Equal(SessionErrorCode.SessionNotFound, decision.Refusal!.Code);
            Assert.Equal(Given.Id, decision.Refusal.SessionId);
            Assert.Equal(verb, decision.Refusal.Verb);
            return;
        }

        if (verb == SessionVerb.Request)
        {
            // A request names its specification, so that it is a repetition wherever the session stands by now.
            Assert.Null(decision.Refusal);
            Assert.Equal(record.Version, decision.ReplayOf);
            return;
        }

        Assert.Null(decision.ReplayOf);
        Assert.Equal(SessionErrorCode.InvalidTransition, decision.Refusal!.Code);
        Assert.Equal(Given.Id, decision.Refusal.SessionId);
        Assert.Equal(record.Status, decision.Refusal.Status);
        Assert.Equal(verb, decision.Refusal.Verb);
        Assert.Equal(record.Version, decision.Refusal.ActualVersion);
        Assert.Equal(
            ExpectedTable.Moves.Where(move => move.From == record.Status && move.Trigger < SessionTrigger.Provisioned)
                .Select(move => (SessionVerb)move.Trigger).Distinct().Order(),
            decision.Refusal.Legal);
    }

    private static string Stored(SessionRecord? record) => JsonSerializer.Serialize(record, StoredJson.Default.SessionRecord!);

    /// <summary>Of two moves by one verb, the first is for sessions with a provisioner.</summary>
    private static SessionStatus? TargetOf(SessionStatus? from, SessionVerb verb, bool provisioned)
    {
        var targets = Lifecycle.Transitions.Where(move => move.From == from && move.Trigger == (SessionTrigger)verb)
            .Select(move => move.To).ToList();
        return targets.Count == 0 ? null : provisioned ? targets[0] : targets[^1];
    }
}
