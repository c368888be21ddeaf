using System.Collections.Immutable;
using System.Text.Json;
using Sessions.Core;
using Sessions.Core.Stored;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Sessions.TestKit.Storage;
using Xunit;

namespace Sessions.Storage.Behaviour;

/// <summary>What every store does. Each test uses sessions, namespaces and times of its own.</summary>
public abstract partial class SessionStoreBehaviour : IAsyncLifetime
{
    private static readonly Principal Alice = Principal.Parse("alice");

    private SessionStorage storage = null!;
    private ISessionStore store = null!;

    /// <summary>A store on the class's data; called again it gives another one on the same data, where the kind of store can.</summary>
    internal abstract Task<SessionStorage> OpenAsync();

    public async Task InitializeAsync()
    {
        storage = await OpenAsync();
        store = storage.Sessions;
    }

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [BehaviourFact]
    public async Task NoSession_Read_GivesNull() => Assert.Null(await store.ReadAsync(SessionId.New(), default));

    [BehaviourFact]
    public async Task NoSession_ReadEvents_GivesNone() => Assert.Empty(await store.ReadEventsAsync(SessionId.New(), 0, 10, default));

    [BehaviourFact]
    public async Task Store_ProvesAWrite_AgainAndAgain() => await store.ProveWriteAsync(default);

    [BehaviourFact]
    public async Task Store_InitializedAgain_KeepsWhatItHas()
    {
        var save = SessionRecords.Create();
        await SaveAsync(save);

        await store.InitializeAsync(default);

        await AssertHoldsAsync(save.Record, save.Events);
    }

    [BehaviourFact]
    public async Task EveryVersionOfALife_SavedAndRead_IsEqual()
    {
        var overrides = new SessionOverrides
        {
            MaxDuration = TimeSpan.FromMinutes(90) + TimeSpan.FromTicks(7),
            FunctionPatterns = ["eval.*", "n-1"],
            Quotas = new() { Executions = 1_000_000_000_000, ComputeTime = TimeSpan.FromTicks(123_456_789), PerSecond = 3 },
            IdleTimeout = TimeSpan.FromMinutes(3),
            PauseClock = PauseClock.Stops,
            Labels = ImmutableSortedDictionary<string, string>.Empty.Add("zz", "last").Add("Team", "Ünïcode \"quoted\" \\ 🎈").Add("a", "b"),
        };
        var events = ImmutableArray<SessionEvent>.Empty;

        foreach (var save in SessionRecords.Life(SessionRecords.Create(overrides: overrides)))
        {
            await SaveAsync(save);
            events = events.AddRange(save.Events);
            await AssertHoldsAsync(save.Record, events);
        }
    }

    [BehaviourFact]
    public async Task SaveWithoutEvents_Saved_MovesTheVersionOnly()
    {
        var created = SessionRecords.Create();
        await SaveAsync(created);
        var next = created.Record with { Version = 2, Usage = created.Record.Usage with { Executions = 5 } };

        await SaveAsync(new SessionSave(next, []));

        await AssertHoldsAsync(next, created.Events);
    }

    [BehaviourFact]
    public async Task SessionWithoutTimes_SavedAndRead_IsEqual()
    {
        var requested = SessionRecords.Request();
        await SaveAsync(requested);
        await AssertHoldsAsync(requested.Record, requested.Events);

        var cancelled = SessionRecords.Next(requested.Record, new CancelSession { Actor = Alice });
        await SaveAsync(cancelled);

        await AssertHoldsAsync(cancelled.Record, [.. requested.Events, .. cancelled.Events]);
    }

    [BehaviourFact]
    public async Task FirstWriteTwice_SecondIsRefused_FirstStays()
    {
        var id = SessionId.New();
        var (first, second) = (SessionRecords.Create(id), SessionRecords.Create(id, creator: "bob"));

        await SaveAsync(first);

        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(second, default));
        await AssertHoldsAsync(first.Record, first.Events);
    }

    [BehaviourFact]
    public async Task StaleVersion_Saved_IsRefusedAndNothingChanges()
    {
        var life = SessionRecords.Life();
        foreach (var save in life.Take(3))
        {
            await SaveAsync(save);
        }

        // A writer that still stands at version 1, and one that is ahead of what there is.
        var stale = SessionRecords.Next(life[0].Record, new CloseSession { Actor = Alice });

        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(stale, default));
        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(life[4], default));
        await AssertHoldsAsync(life[2].Record, [.. life.Take(3).SelectMany(save => save.Events)]);
    }

    [BehaviourFact]
    public async Task UpdateOfAMissingSession_Saved_IsRefusedAndNothingAppears()
    {
        var life = SessionRecords.Life();

        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(life[1], default));

        Assert.Null(await store.ReadAsync(life[1].Record.Id, default));
        Assert.Empty(await store.ReadEventsAsync(life[1].Record.Id, 0, 10, default));
    }

    [BehaviourFact]
    public async Task EventsThatAreThereAlready_SavedAgain_AreRefusedWithTheRecord()
    {
        var created = SessionRecords.Create();
        await SaveAsync(created);
        var repeated = new SessionSave(created.Record with { Version = 2 }, created.Events);

        await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => store.SaveAsync(repeated, default).AsTask());

        await AssertHoldsAsync(created.Record, created.Events);
    }

    [BehaviourFact]
    public async Task MalformedSaves_Saved_AreMistakesOfTheProgram()
    {
        var save = SessionRecords.Create();
        var (record, e) = (save.Record, save.Events[0]);
        SessionSave[] malformed =
        [
            new(record with { Version = 0 }, save.Events),
            new(record with { Id = default }, []),
            new(record, default),
            new(record, [e, e]),
            new(record with { LastSequence = 2 }, save.Events),
            new(record, [e with { SessionId = SessionId.New() }]),
        ];

        foreach (var bad in malformed)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => store.SaveAsync(bad, default).AsTask());
        }
    }

    [BehaviourFact]
    public async Task Events_ReadInPages_AreDenseAndInOrder()
    {
        var id = SessionId.New();
        var life = SessionRecords.Life(SessionRecords.Create(id));
        foreach (var save in life)
        {
            await SaveAsync(save);
        }

        var read = new List<SessionEvent>();
        ImmutableArray<SessionEvent> page;
        do
        {
            page = await store.ReadEventsAsync(id, read.Count, 2, default);
            Assert.InRange(page.Length, 0, 2);
            read.AddRange(page);
        }
        while (!page.IsEmpty);

        Assert.Equal(life.SelectMany(save => save.Events), read);
        Assert.Equal(Enumerable.Range(1, read.Count).Select(n => (long)n), read.Select(e => e.Sequence));
    }

    [BehaviourFact]
    public async Task LimitsOutOfRange_Read_AreMistakesOfTheProgram()
    {
        foreach (var limit in (int[])[0, -1, 1001])
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ReadEventsAsync(SessionId.New(), 0, limit, default).AsTask());
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Due.ReadDueNamespacesAsync(null, limit, default).AsTask());
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
                () => store.ReadExecutionsAsync(SessionId.New(), 0, limit, default).AsTask());
        }
    }

    [BehaviourFact]
    public async Task CancelledCaller_Calls_GetsACancellation()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var save = SessionRecords.Create();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.SaveAsync(save, cancelled.Token).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ReadAsync(save.Record.Id, cancelled.Token).AsTask());

        Assert.Null(await store.ReadAsync(save.Record.Id, default));
    }

    [BehaviourFact]
    public async Task ManySessions_SavedAtTheSameTime_AllLiveTheirWholeLives()
    {
        var lives = Enumerable.Range(0, 300).Select(_ => SessionRecords.Life()).ToList();

        await Task.WhenAll(lives.Select(async life =>
        {
            foreach (var save in life)
            {
                await SaveAsync(save);
            }
        }));

        foreach (var life in lives)
        {
            await AssertHoldsAsync(life[^1].Record, [.. life.SelectMany(save => save.Events)]);
        }
    }

    [BehaviourFact]
    public async Task TwoWriters_RaceForTheFirstWrite_ExactlyOneWinsEach()
    {
        var writers = new[] { (Name: "alice", Store: store), (Name: "bob", Store: (await OpenAsync()).Sessions) };
        var ids = Enumerable.Range(0, 1000).Select(_ => SessionId.New()).ToList();
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var races = ids.SelectMany(id => writers.Select(async writer =>
        {
            var save = SessionRecords.Create(id, creator: writer.Name);
            await start.Task;
            return (Id: id, Save: save, Won: await writer.Store.SaveAsync(save, default) == SaveOutcome.Saved);
        })).ToList();

        start.SetResult();
        var results = await Task.WhenAll(races);

        foreach (var race in results.GroupBy(result => result.Id))
        {
            var winner = Assert.Single(race, result => result.Won).Save;
            await AssertHoldsAsync(winner.Record, winner.Events);
        }
    }

    [BehaviourFact]
    public async Task TwoWriters_RaceForEveryNextVersion_ExactlyOneWinsEach()
    {
        var writers = new[] { (Name: "alice", Store: store), (Name: "bob", Store: (await OpenAsync()).Sessions) };
        var first = SessionRecords.Create();
        await SaveAsync(first);
        var (record, events) = (first.Record, first.Events);

        for (var round = 0; round < 50; round++)
        {
            var saves = writers.Select(writer => SessionRecords.Next(
                record, new RenewSession { Actor = Principal.Parse(writer.Name), By = TimeSpan.FromSeconds(1) })).ToList();
            var won = await Task.WhenAll(
                writers.Select((writer, n) => Task.Run(() => writer.Store.SaveAsync(saves[n], default).AsTask())));

            Assert.Single(won, SaveOutcome.Saved);
            var winner = saves[Array.IndexOf(won, SaveOutcome.Saved)];
            (record, events) = (winner.Record, events.AddRange(winner.Events));
            await AssertHoldsAsync(record, events);
        }
    }

    [BehaviourFact]
    public async Task ChainOfOneSession_SavedWithoutWaiting_IsSavedInOrder()
    {
        var life = SessionRecords.Life();

        var saved = await Task.WhenAll([.. life.Select(save => store.SaveAsync(save, default).AsTask())]);

        Assert.All(saved, outcome => Assert.Equal(SaveOutcome.Saved, outcome));
        await AssertHoldsAsync(life[^1].Record, [.. life.SelectMany(save => save.Events)]);
    }

    [BehaviourFact]
    public async Task SaveCommittedAndFailed_ByTheTestKit_IsWrittenAndItsAnswerWithheld()
    {
        var failing = new FaultySessionStore(store);
        var life = SessionRecords.Life();
        failing.FailNextSave(life[0].Record.Id, StoreFault.CommitsAndFails);

        await Assert.ThrowsAsync<StoreOutcomeUnknownException>(() => failing.SaveAsync(life[0], default).AsTask());

        await AssertHoldsAsync(life[0].Record, life[0].Events);
        Assert.Equal(SaveOutcome.Saved, await failing.SaveAsync(life[1], default));
    }

    /// <summary>Where anything is kept that names a session or its space, by whatever way there is to look behind the store's back.</summary>
    internal abstract Task<IReadOnlyCollection<string>> KeptOfAsync(SessionRecord record);

    private async Task SaveAsync(SessionSave save) => Assert.Equal(SaveOutcome.Saved, await store.SaveAsync(save, default));

    private async Task AssertHoldsAsync(SessionRecord record, ImmutableArray<SessionEvent> events)
    {
        // As JSON, because records with collections in them are never equal to their copies.
        var read = Assert.IsType<SessionRecord>(await store.ReadAsync(record.Id, default));
        Assert.Equal(Json(record), Json(read));
        var log = await store.ReadEventsAsync(record.Id, 0, 1000, default);
        Assert.Equal(events.AsEnumerable(), log.AsEnumerable());

        static string Json(SessionRecord record) => JsonSerializer.Serialize(record, StoredJson.Default.SessionRecord);
    }
}
