using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

public class LifecycleTests
{
    private static readonly SessionStatus[] Finals = [SessionStatus.Closed, SessionStatus.Cancelled, SessionStatus.Failed];

    [Fact]
    public void Table_ComparedWithTheDesign_HasTheSameMoves()
    {
        Assert.Empty(ExpectedTable.Moves.Except(Lifecycle.Transitions));
        Assert.Empty(Lifecycle.Transitions.Except(ExpectedTable.Moves));
        Assert.Equal(ExpectedTable.Moves.Count, Lifecycle.Transitions.Length);
    }

    [Fact]
    public void Table_FollowedFromNothing_ReachesEveryState()
    {
        var reached = new HashSet<SessionStatus>();
        var open = new Stack<SessionStatus?>([null]);
        while (open.TryPop(out var from))
        {
            foreach (var move in Lifecycle.Transitions.Where(move => move.From == from && reached.Add(move.To)))
            {
                open.Push(move.To);
            }
        }

        Assert.Empty(Given.Statuses.Except(reached));
        Assert.DoesNotContain(SessionStatus.Invalid, reached);
    }

    [Fact]
    public void FinalStates_InTheTable_HaveNoExitsAndAllOthersHave()
    {
        foreach (var status in Given.Statuses)
        {
            Assert.Equal(Finals.Contains(status), Lifecycle.IsFinal(status));
            Assert.Equal(!Finals.Contains(status), Lifecycle.Transitions.Any(move => move.From == status));
        }
    }

    [Theory]
    [InlineData(SessionStatus.Requested)]
    [InlineData(SessionStatus.Creating)]
    [InlineData(SessionStatus.Activating)]
    [InlineData(SessionStatus.Closing)]
    public void TransitionalState_PastItsDeadline_EndsByItselfAtTheVeryTick(SessionStatus status)
    {
        var record = Given.SessionIn(status, provisioned: true);
        var target = Assert.Single(
            Lifecycle.Transitions, move => move.From == status && move.Trigger == SessionTrigger.DeadlinePassed && move.To != status).To;
        var deadline = Assert.NotNull(record.Deadline);

        Assert.True(Lifecycle.IsFinal(target));
        Assert.True(SessionClock.DueAt(record) <= deadline);
        Assert.Null(SessionRules.LetTimePass(record, Given.Facts(deadline.AddTicks(-1))).Next);
        Assert.Equal(target, SessionRules.LetTimePass(record, Given.Facts(deadline)).Next!.Status);
    }

    [Fact]
    public void Legal_AskedOfEveryState_IsWhatTheTableHas()
    {
        foreach (var status in Given.Statuses.Select(status => (SessionStatus?)status).Prepend(null))
        {
            var expected = Given.Verbs.Where(verb => ExpectedTable.Moves.Any(move => move.From == status && move.Trigger == (SessionTrigger)verb));
            Assert.Equal(expected, Lifecycle.LegalIn(status));
        }

        Assert.Empty(Lifecycle.LegalIn(SessionStatus.Invalid));
    }

    [Fact]
    public void Allows_AskedOfEveryTriple_IsTheTable()
    {
        var froms = Given.Statuses.Select(status => (SessionStatus?)status).Prepend(null);
        var all = from f in froms from t in Enum.GetValues<SessionTrigger>() from to in Given.Statuses select new Transition(f, t, to);

        Assert.Equal(ExpectedTable.Moves.ToHashSet(), all.Where(move => Lifecycle.Allows(move.From, move.Trigger, move.To)).ToHashSet());
    }

    [Fact]
    public void Triggers_ThatAreVerbs_HaveTheVerbsNamesAndValues()
    {
        foreach (var verb in Given.Verbs)
        {
            Assert.Equal(verb.ToString(), ((SessionTrigger)verb).ToString());
        }
    }
}
