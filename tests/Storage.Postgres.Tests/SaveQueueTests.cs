using Sessions.Storage.Postgres.Saving;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

public sealed class SaveQueueTests
{
    private readonly SaveQueue queue = new(capacity: 5);

    [Fact]
    public void ManySessions_Take_GivesThemInOrderOfArrival()
    {
        var saves = Add(SessionId.New(), SessionId.New(), SessionId.New());

        Assert.Equal(saves[..2], queue.Take(2));
        Assert.Equal(saves[2..], queue.Take(2));
        Assert.Empty(queue.Take(2));
    }

    [Fact]
    public void SecondSaveOfASession_Take_LeavesItUntilTheFirstIsReleased()
    {
        var (a, b) = (SessionId.New(), SessionId.New());
        var saves = Add(a, a, b, a);

        Assert.Equal([saves[0], saves[2]], queue.Take(10));
        Assert.Equal(0, queue.Ready);
        Assert.Equal(2, queue.Count);

        queue.Release(a);
        Assert.Equal([saves[1]], queue.Take(10));
        queue.Release(a);
        Assert.Equal([saves[3]], queue.Take(10));
        queue.Release(a);
        queue.Release(b);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Full_Add_IsRefusedUntilSomethingLeaves()
    {
        var saves = Add([.. Enumerable.Range(0, 5).Select(_ => SessionId.New())]);
        Assert.False(queue.TryAdd(New(SessionId.New())));

        Assert.True(queue.TryRemove(saves[3]));

        Assert.True(queue.TryAdd(New(SessionId.New())));
    }

    [Fact]
    public void ReadySaveIsRemoved_NextOfItsSession_ComesUp()
    {
        var a = SessionId.New();
        var saves = Add(a, a, a);

        Assert.True(queue.TryRemove(saves[1]));
        Assert.True(queue.TryRemove(saves[0]));

        Assert.Equal([saves[2]], queue.Take(10));
    }

    [Fact]
    public void SaveIsTaken_Remove_IsTooLate()
    {
        var save = Add(SessionId.New())[0];
        queue.Take(1);

        Assert.False(queue.TryRemove(save));
    }

    [Fact]
    public void ReadyAndWaitingSaves_Clear_GivesThemAllAndKeepsWhatIsUnderWay()
    {
        var (a, b) = (SessionId.New(), SessionId.New());
        var first = Add(a);
        queue.Take(1);
        var rest = Add(a, a, b, b);

        Assert.Equal(rest.ToHashSet(), queue.Clear().ToHashSet());

        Assert.Equal(0, queue.Count);
        queue.Release(first[0].Id);
        Assert.Equal(0, queue.Ready);
    }

    private static PendingSave New(SessionId id) => new(SaveRow.Of(SessionRecords.Create(id)));

    private PendingSave[] Add(params SessionId[] ids)
    {
        var saves = Array.ConvertAll(ids, New);
        Assert.All(saves, save => Assert.True(queue.TryAdd(save)));
        return saves;
    }
}
