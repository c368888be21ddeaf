using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

/// <summary>What every store keeps of admission: the executions that are logged, and who may grant.</summary>
public abstract partial class SessionStoreBehaviour
{
    [BehaviourFact]
    public async Task NoSession_ReadExecutions_GivesNone() =>
        Assert.Empty(await store.ReadExecutionsAsync(SessionId.New(), 0, 10, default));

    [BehaviourFact]
    public async Task ExecutionsOfSeveralSaves_ReadInPages_AreDenseAndInOrder()
    {
        var created = await CreateAsync();
        var first = SessionRecords.Log(created, 3);
        var second = SessionRecords.Log(first.Record, 4);
        await SaveAsync(first);
        await SaveAsync(second);

        var read = new List<ExecutionRecord>();
        ImmutableArray<ExecutionRecord> page;
        do
        {
            page = await store.ReadExecutionsAsync(created.Id, read.Count, 2, default);
            Assert.InRange(page.Length, 0, 2);
            read.AddRange(page);
        }
        while (!page.IsEmpty);

        Assert.Equal(first.Executions.AddRange(second.Executions), read);
        await AssertHoldsAsync(second.Record, (await store.ReadEventsAsync(created.Id, 0, 10, default))[..1]);
    }

    [BehaviourFact]
    public async Task ExecutionsWithEvents_Saved_AreBothThere()
    {
        var created = SessionRecords.Create();
        await SaveAsync(created);
        var activated = SessionRecords.Next(created.Record, new ActivateSession { Actor = Alice });
        var logged = SessionRecords.Log(created.Record, 2);

        await SaveAsync(activated with { Record = activated.Record with { LastExecution = 2 }, Executions = logged.Executions });

        var events = await store.ReadEventsAsync(created.Record.Id, 0, 10, default);
        Assert.Equal(created.Events.Concat(activated.Events), events.AsEnumerable());
        await AssertLoggedAsync(created.Record.Id, logged.Executions);
    }

    [BehaviourFact]
    public async Task ExecutionAtAnyInstant_Read_StartedInThatMicrosecond()
    {
        var created = await CreateAsync();
        var save = SessionRecords.Log(created, 3);
        var old = new DateTimeOffset(1999, 12, 31, 23, 59, 59, TimeSpan.Zero).AddTicks(12_345_678);
        var abroad = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(9);

        await SaveAsync(save with
        {
            Executions =
            [
                save.Executions[0] with { StartedAt = old },
                save.Executions[1] with { StartedAt = abroad },
                save.Executions[2] with { StartedAt = default, Duration = TimeSpan.MaxValue },
            ],
        });

        var read = await store.ReadExecutionsAsync(created.Id, 0, 10, default);
        Assert.Equal([old.AddTicks(-8), abroad.AddTicks(-9), default], read.Select(execution => execution.StartedAt));
        Assert.Equal(TimeSpan.MaxValue, read[2].Duration);
    }

    [BehaviourFact]
    public async Task MoreExecutionsThanAreKept_Saved_LeaveTheNewest()
    {
        var bystander = SessionRecords.Log(await CreateAsync(), 5);
        await SaveAsync(bystander);
        var created = await CreateAsync();

        // Until there are as many as are kept nothing goes, and from then on as many go as come.
        var first = SessionRecords.Log(created, SessionSave.ExecutionsKept);
        await SaveAsync(first);
        await AssertLoggedAsync(created.Id, first.Executions);
        var second = SessionRecords.Log(first.Record, 1);
        await SaveAsync(second);
        await AssertLoggedAsync(created.Id, [.. first.Executions[1..], .. second.Executions]);
        var third = SessionRecords.Log(second.Record, 700);
        await SaveAsync(third);
        await AssertLoggedAsync(created.Id, [.. first.Executions[701..], .. second.Executions, .. third.Executions]);

        // A save with too many by itself.
        var fourth = SessionRecords.Log(third.Record, SessionSave.ExecutionsKept + 500);
        await SaveAsync(fourth);
        await AssertLoggedAsync(created.Id, fourth.Executions[500..]);
        await AssertLoggedAsync(bystander.Record.Id, bystander.Executions);
    }

    [BehaviourFact]
    public async Task FencedOffSave_WithExecutions_NeitherAddsNorDropsAny()
    {
        var created = await CreateAsync();
        var kept = SessionRecords.Log(created, SessionSave.ExecutionsKept);
        await SaveAsync(kept);
        var stale = SessionRecords.Log(kept.Record, 10);
        stale = stale with { Record = stale.Record with { Version = kept.Record.Version } };
        var ahead = stale with { Record = stale.Record with { Version = kept.Record.Version + 2 } };
        var missing = SessionRecords.Log(SessionRecords.Create().Record, 1);

        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(stale, default));
        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(ahead, default));
        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(missing, default));

        await AssertLoggedAsync(created.Id, kept.Executions);
        await AssertLoggedAsync(missing.Record.Id, []);
    }

    [BehaviourFact]
    public async Task ExecutionsThatAreThereAlready_SavedAgain_AreRefusedWithTheRecord()
    {
        var logged = SessionRecords.Log(await CreateAsync(), 2);
        await SaveAsync(logged);
        var repeated = logged with { Record = logged.Record with { Version = logged.Record.Version + 1 } };

        await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => store.SaveAsync(repeated, default).AsTask());

        Assert.Equal(logged.Record.Version, (await store.ReadAsync(logged.Record.Id, default))!.Version);
        await AssertLoggedAsync(logged.Record.Id, logged.Executions);
    }

    [BehaviourFact]
    public async Task MalformedExecutions_Saved_AreMistakesOfTheProgram()
    {
        var save = SessionRecords.Log(await CreateAsync(), 3);
        var (record, executions) = (save.Record, save.Executions);
        SessionSave[] malformed =
        [
            save with { Executions = default },
            save with { Executions = executions.RemoveAt(1) },
            save with { Executions = [executions[1], executions[0], executions[2]] },
            save with { Executions = executions[..2] },
            save with { Record = record with { LastExecution = 2 } },
            save with { Record = record with { LastExecution = 4 } },
            save with { Executions = executions.SetItem(2, executions[2] with { Function = default }) },
        ];

        foreach (var bad in malformed)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => store.SaveAsync(bad, default).AsTask());
        }

        await AssertLoggedAsync(record.Id, []);
    }

    [BehaviourFact]
    public async Task ManySessions_SavedAtTheSameTimeWithAndWithoutExecutions_EachKeepItsOwn()
    {
        var created = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => CreateAsync()));

        var logged = await Task.WhenAll(created.Select(async (record, n) =>
        {
            var all = ImmutableArray<ExecutionRecord>.Empty;
            for (var round = 0; round < 4; round++)
            {
                var save = SessionRecords.Log(record, (n + round) % 3 * 200);
                await SaveAsync(save);
                (record, all) = (save.Record, all.AddRange(save.Executions));
            }

            return all;
        }));

        for (var n = 0; n < created.Length; n++)
        {
            await AssertLoggedAsync(created[n].Id, logged[n][^Math.Min(logged[n].Length, SessionSave.ExecutionsKept)..]);
        }
    }

    [BehaviourFact]
    public async Task Epochs_Read_AreThoseThatAreCommitted()
    {
        var (never, taken) = (await CreateAsync(), await CreateAsync());
        var first = SessionRecords.Grant(taken);
        await SaveAsync(first);
        Assert.Equal([(taken.Id, 2L)], await ReadEpochsAsync(never.Id, SessionId.New(), taken.Id, taken.Id));

        var second = SessionRecords.Grant(first.Record);
        await SaveAsync(second);
        Assert.Equal([(taken.Id, 3L)], await ReadEpochsAsync(never.Id, taken.Id));

        // A save within the epoch changes nothing of it.
        var used = SessionRecords.Log(second.Record, 2);
        await SaveAsync(used);
        Assert.Equal([(taken.Id, 3L)], await ReadEpochsAsync(taken.Id));

        await SaveAsync(new SessionSave(used.Record with { Version = used.Record.Version + 1, Grant = null }, []));
        Assert.Empty(await ReadEpochsAsync(never.Id, taken.Id));
        Assert.Empty(await ReadEpochsAsync());
    }

    [BehaviourFact]
    public async Task EpochsOfAsManyIdsAsAreAllowed_Read_GiveThoseThatThereAre()
    {
        var granted = await Task.WhenAll(Enumerable.Range(0, 500).Select(async _ =>
        {
            var save = SessionRecords.Grant(await CreateAsync());
            await SaveAsync(save);
            return save.Record.Id;
        }));
        SessionId[] ids = [.. Enumerable.Range(0, 9_500).Select(_ => SessionId.New()), .. granted];

        var epochs = await store.ReadEpochsAsync(ids, default);

        Assert.Equal(granted.Order(), epochs.Keys.Order());
        Assert.All(epochs.Values, epoch => Assert.Equal(2, epoch));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => store.ReadEpochsAsync([.. ids, SessionId.New()], default).AsTask());
    }

    [BehaviourFact]
    public async Task EpochCommittedBeforeTheQuestion_ReadByAnotherStore_IsSeen()
    {
        var other = (await OpenAsync()).Sessions;
        var record = await CreateAsync();

        for (var round = 0; round < 20; round++)
        {
            var save = SessionRecords.Grant(record);
            await SaveAsync(save);
            record = save.Record;

            Assert.Equal(record.Version, (await other.ReadEpochsAsync([record.Id], default))[record.Id]);
        }
    }

    private async Task<SessionRecord> CreateAsync()
    {
        var save = SessionRecords.Create();
        await SaveAsync(save);
        return save.Record;
    }

    private async Task<IEnumerable<(SessionId Id, long Epoch)>> ReadEpochsAsync(params SessionId[] ids) =>
        (await store.ReadEpochsAsync(ids, default)).Select(pair => (pair.Key, pair.Value));

    private async Task AssertLoggedAsync(SessionId id, IEnumerable<ExecutionRecord> executions) =>
        Assert.Equal(executions, (await store.ReadExecutionsAsync(id, 0, 1000, default)).AsEnumerable());
}
