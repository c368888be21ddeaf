using Sessions.Core;

namespace Sessions.Core.Tests.Isolation;

/// <summary>Whatever is heard of changes, in whatever order and how often, the newest word counts.</summary>
public class LiveLedgerTests
{
    private readonly LiveLedger ledger = new();

    [Fact]
    public void Changes_HeardInAnyOrderAndTwice_CountTheNewestWordOfEach()
    {
        var random = new Random(7);
        var lives = Enumerable.Range(0, 50).Select(_ => (Id: SessionId.New(), Events: random.Next(1, 9))).ToList();
        var words = lives.SelectMany(life => Enumerable.Range(1, life.Events).Select(n => (life.Id, Sequence: (long)n, IsLive: n % 3 != 0))).ToList();
        var heard = words.Concat(words).ToArray();
        random.Shuffle(heard);

        foreach (var (id, sequence, isLive) in heard)
        {
            ledger.Note(id, sequence, isLive);
        }

        Assert.Equal(lives.Count(life => life.Events % 3 != 0), ledger.Count);
    }

    [Fact]
    public void StoreReadAnew_ForgetsWhatWasMissed_AndKeepsWhatWasHeardMeanwhile()
    {
        var (gone, stays, ends, comes) = (SessionId.New(), SessionId.New(), SessionId.New(), SessionId.New());
        ledger.Note(gone, 2, true);

        ledger.Rebuild([(stays, 2), (ends, 2)], [(ends, 4, false), (comes, 2, true), (stays, 1, false)]);

        Assert.Equal(2, ledger.Count);
        ledger.Note(ends, 3, true);
        Assert.Equal(2, ledger.Count);
    }
}
