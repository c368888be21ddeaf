using Sessions.Core.Events;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

public abstract partial class SessionStoreBehaviour
{
    private IEventLog Log => storage.Log;

    [BehaviourFact]
    public async Task LivesOfTwoSessions_ReadFromTheLog_AreThereInTheOrderOfTheirCommits()
    {
        var root = OwnNamespace();
        var lives = new[] { $"{root}/a", $"{root}/b/c" }.Select(path => SessionRecords.Life(SessionRecords.Create(@namespace: path))).ToArray();
        foreach (var (one, other) in lives[0].Zip(lives[1]))
        {
            await SaveAsync(one);
            await SaveAsync(other);
        }

        var page = await ReadWhenFinalAsync(root, EventCursor.Start, 14);

        Assert.Equal(lives[0].Zip(lives[1]).SelectMany(pair => pair.First.Events.AddRange(pair.Second.Events)), page.Events.Select(e => e.Event));
        Assert.Equal(page.Events.Select(e => e.Cursor).Order().Distinct(), page.Events.Select(e => e.Cursor));
    }

    [BehaviourFact]
    public async Task NamespaceBesideOrAbove_ReadFromTheLog_IsNotAmongWhatIsBelow()
    {
        var root = OwnNamespace();
        await SaveAsync(SessionRecords.Create(@namespace: $"{root}/a-b"));
        await SaveAsync(SessionRecords.Create(@namespace: $"{root}/a/b"));
        await SaveAsync(SessionRecords.Create(@namespace: $"{root}/a0"));
        await SaveAsync(SessionRecords.Create(@namespace: $"{root}/a"));
        await SaveAsync(SessionRecords.Create(@namespace: root.ToString()));
        await ReadWhenFinalAsync(root, EventCursor.Start, 5);

        var page = await Log.ReadLogAsync(SessionNamespace.Parse($"{root}/a"), EventCursor.Start, 100, default);

        Assert.Equal([$"{root}/a/b", $"{root}/a"], page.Events.Select(e => e.Event.Namespace.ToString()));
        Assert.True(page.IsAtHorizon);
    }

    [BehaviourFact]
    public async Task LogReadPageByPage_FromEachCursor_HasEveryEventOnce()
    {
        var root = OwnNamespace();
        var life = SessionRecords.Life(SessionRecords.Create(@namespace: root.ToString()));
        foreach (var save in life)
        {
            await SaveAsync(save);
        }

        var all = await ReadWhenFinalAsync(root, EventCursor.Start, 7);

        for (var read = 0; read <= 7; read++)
        {
            var after = read == 0 ? EventCursor.Start : all.Events[read - 1].Cursor;
            var page = await Log.ReadLogAsync(root, after, 3, default);
            Assert.Equal(all.Events.Skip(read).Take(3), page.Events);
            Assert.Equal(read < 5 ? page.Events[^1].Cursor : page.Horizon, page.Next);
        }
    }

    [BehaviourFact]
    public async Task NothingNew_ReadOnFromWhereTheReaderGot_FindsWhatComesLater()
    {
        var root = OwnNamespace();
        await SaveAsync(SessionRecords.Create());
        var before = await Log.ReadLogAsync(root, EventCursor.Start, 10, default);
        while (!before.IsAtHorizon)
        {
            before = await Log.ReadLogAsync(root, before.Next, 10, default);
        }

        var created = SessionRecords.Create(@namespace: root.ToString());
        await SaveAsync(created);
        var page = await ReadWhenFinalAsync(root, before.Next, 1);

        Assert.Empty(before.Events);
        Assert.Equal(created.Events.AsEnumerable(), page.Events.Select(e => e.Event));
        var rest = await Log.ReadLogAsync(root, page.Next, 10, default);
        Assert.True(rest.Events.IsEmpty && rest.Next >= page.Next);
    }

    [BehaviourFact]
    public async Task EveryNamespace_ReadFromTheLog_IsThere()
    {
        // From the end, because the tests of the class share a log, which may have thousands of events by now.
        var next = (await Log.ReadLogAsync(null, EventCursor.End, 1, default)).Horizon;
        var saves = Enumerable.Range(0, 3).Select(_ => SessionRecords.Create(@namespace: OwnNamespace().ToString())).ToArray();
        foreach (var save in saves)
        {
            await SaveAsync(save);
        }

        var seen = new List<SessionEvent>();
        await Eventually.TrueAsync(
            async () =>
            {
                var page = await Log.ReadLogAsync(null, next, 2, default);
                seen.AddRange(page.Events.Select(e => e.Event));
                next = page.Next;
                return saves.All(save => seen.Contains(save.Events[0]));
            },
            "all three are read");

        Assert.Equal(seen.Distinct(), seen);
    }

    [BehaviourFact]
    public async Task CursorAheadOfTheLog_Read_FindsNothingAndLiesBeyondTheNewest()
    {
        await SaveAsync(SessionRecords.Create());

        var page = await Log.ReadLogAsync(null, EventCursor.End, 10, default);

        Assert.Empty(page.Events);
        Assert.True(EventCursor.End > page.Newest);
        Assert.True(page.Horizon <= page.Settled && page.Settled <= page.Newest);
    }

    [BehaviourFact]
    public async Task EndOfTheLog_ReadFrom_FindsTheNextEvent()
    {
        await SaveAsync(SessionRecords.Create());
        var end = (await Log.ReadLogAsync(null, EventCursor.Start, 1, default)).Settled;
        var save = SessionRecords.Create();
        await SaveAsync(save);

        var seen = new List<SessionEvent>();
        await Eventually.TrueAsync(
            async () =>
            {
                var page = await Log.ReadLogAsync(null, end, 100, default);
                seen.AddRange(page.Events.Select(e => e.Event));
                end = page.Next;
                return seen.Contains(save.Events[0]);
            },
            "the event that was committed after the end was read");
    }

    [BehaviourFact]
    public async Task LimitOfTheLog_OutOfRange_IsAMistake()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Log.ReadLogAsync(null, EventCursor.Start, 0, default).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Log.ReadLogAsync(null, EventCursor.Start, 1001, default).AsTask());
    }

    private static SessionNamespace OwnNamespace() => SessionNamespace.Parse($"log-{Guid.NewGuid():n}");

    /// <summary>Reads until so many events are final: on a shared server another's transaction may hold a reader back for a moment.</summary>
    private async Task<EventLogPage> ReadWhenFinalAsync(SessionNamespace within, EventCursor after, int events) => await Eventually.Get(
        () => Log.ReadLogAsync(within, after, 1000, default), page => page.Events.Length >= events, $"{events} events can be read");
}
