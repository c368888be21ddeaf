using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Isolation;
using Sessions.Core.Sweeping;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

/// <content>What is due: who gets it, and what becomes of it.</content>
public abstract partial class SessionStoreBehaviour
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(15);

    private IDueSessions Due => storage.Due;

    [BehaviourFact]
    public async Task DueSessions_Taken_AreTheLongestDueOfEachNamespace()
    {
        var (crowded, lonely, later) = (Fresh("crowded"), Fresh("lonely"), Fresh("later"));
        var crowd = new List<SessionRecord>();
        for (var n = 0; n < 10; n++)
        {
            crowd.Add(await CreateAsync(crowded, SessionRecords.Start.AddSeconds(9 - n)));
        }

        var single = await CreateAsync(lonely, SessionRecords.Start.AddSeconds(8));
        await CreateAsync(later, SessionRecords.Start.AddMinutes(5));
        var now = SessionRecords.Start + Hour + TimeSpan.FromSeconds(10);
        var judged = new List<SessionId>();

        var batch = await Due.TakeDueAsync(Ask(now, 3, crowded, lonely, later), record => Note(record, DueAnswer.Wake(now + Claim)), default);

        var expected = crowd.TakeLast(3).Append(single).Select(record => record.Id).ToHashSet();
        Assert.Equal(expected, judged.ToHashSet());
        Assert.Equal(expected, batch.ToWake.ToHashSet());
        Assert.Equal(3, batch.Taken[crowded]);
        Assert.Equal(1, batch.Taken[lonely]);
        Assert.False(batch.Taken.ContainsKey(later));

        // Claimed sessions are nobody else's until the claim is over, and then they are again.
        judged.Clear();
        await Due.TakeDueAsync(Ask(now, 100, crowded, lonely), record => Note(record, DueAnswer.PutOff(null)), default);
        Assert.Equal(crowd.Take(7).Select(record => record.Id).ToHashSet(), judged.ToHashSet());
        judged.Clear();
        await Due.TakeDueAsync(Ask(now + Claim.Add(TimeSpan.FromMicroseconds(1)), 100, crowded, lonely), record => Note(record, DueAnswer.PutOff(null)), default);
        Assert.Equal(expected, judged.ToHashSet());

        // Put off for ever, so that not even their namespaces are found.
        var names = (await NamespacesAsync()).Select(found => found.Namespace).ToHashSet();
        Assert.DoesNotContain(crowded, names);
        Assert.DoesNotContain(lonely, names);
        Assert.Contains(later, names);

        DueAnswer Note(SessionRecord record, DueAnswer answer)
        {
            judged.Add(record.Id);
            return answer;
        }
    }

    [BehaviourFact]
    public async Task SingleDueSession_BesideThousandsOfAnotherNamespace_WaitsForNoMoreThanABatch()
    {
        var (crowded, lonely) = (Fresh("a-thousands"), Fresh("b-single"));
        await Task.WhenAll(Enumerable.Range(0, 3000).Select(n => CreateAsync(crowded, SessionRecords.Start.AddTicks(10 * n))));
        var single = await CreateAsync(lonely, SessionRecords.Start.AddMinutes(1));
        var now = SessionRecords.Start + Hour + Hour;
        var rotation = new SweepRotation(
            (await NamespacesAsync()).Select(found => found.Namespace).Where(name => name == crowded || name == lonely));

        var (names, share) = rotation.Next(SweepPace.MinBatch);
        var batch = await Due.TakeDueAsync(Ask(now, share, [.. names]), record => DueAnswer.Write(Expire(record, now)), default);

        // Although all of the crowd was due before it.
        Assert.Contains(single.Id, batch.Saves.Select(save => save.Record.Id));
        Assert.InRange(batch.Saves.Length, 2, SweepPace.MinBatch);
        Assert.Equal(SessionStatus.Closed, (await store.ReadAsync(single.Id, default))!.Status);
    }

    [BehaviourFact]
    public async Task Namespaces_ReadInPages_SayWhenTheirFirstSessionIsDue()
    {
        var names = Enumerable.Range(0, 7).Select(n => Fresh($"pages-{n}")).ToList();
        foreach (var name in names)
        {
            await CreateAsync(name, SessionRecords.Start.AddSeconds(2));
            await CreateAsync(name, SessionRecords.Start);
        }

        var found = (await NamespacesAsync()).Where(one => names.Contains(one.Namespace)).ToList();

        Assert.Equal(names.Order(Comparer<SessionNamespace>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))), found.Select(one => one.Namespace));
        Assert.All(found, one => Assert.InRange(one.DueAt - (SessionRecords.Start + Hour), TimeSpan.Zero, TimeSpan.FromMicroseconds(1)));
    }

    [BehaviourFact]
    public async Task DueTimeWithinAMicrosecond_Taken_IsNeverEarly()
    {
        var name = Fresh("micro");
        var at = new DateTimeOffset(1999, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(1);
        var record = await CreateAsync(name, at);
        var due = record.ExpiresAt!.Value;

        Assert.Empty((await Due.TakeDueAsync(Ask(due.AddTicks(-1), 10, name), _ => DueAnswer.PutOff(null), default)).Taken);

        Assert.Equal(1, (await Due.TakeDueAsync(Ask(due.AddMicroseconds(1), 10, name), _ => DueAnswer.PutOff(null), default)).PutOff);
    }

    [BehaviourFact]
    public async Task ChangesOfABatch_AreWrittenTogether_WithTheirEvents()
    {
        var name = Fresh("written");
        var records = new List<SessionRecord>();
        for (var n = 0; n < 5; n++)
        {
            records.Add(await CreateAsync(name, SessionRecords.Start));
        }

        var now = SessionRecords.Start + Hour + Hour;
        var batch = await Due.TakeDueAsync(Ask(now, 100, name), record => DueAnswer.Write(Expire(record, now)), default);

        Assert.Equal(records.Select(record => record.Id).ToHashSet(), batch.Saves.Select(save => save.Record.Id).ToHashSet());
        foreach (var record in records)
        {
            var save = Expire(record, now);
            var log = await store.ReadEventsAsync(record.Id, 0, 100, default);
            Assert.Equal(SessionStatus.Closed, (await store.ReadAsync(record.Id, default))!.Status);
            Assert.Equal(save.Events.AsEnumerable(), log.Skip(1));
        }
    }

    [BehaviourFact]
    public async Task SessionWhoseRulesFail_Judged_LeavesTheWholeBatchAsItWas()
    {
        var name = Fresh("failing");
        var records = new List<SessionRecord>();
        for (var n = 0; n < 3; n++)
        {
            records.Add(await CreateAsync(name, SessionRecords.Start));
        }

        var now = SessionRecords.Start + Hour + Hour;
        var seen = 0;
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => Due.TakeDueAsync(
            Ask(now, 100, name),
            record => ++seen == 3 ? throw new InvalidTimeZoneException() : DueAnswer.Write(Expire(record, now)),
            default).AsTask());

        foreach (var record in records)
        {
            Assert.Equal(1, (await store.ReadAsync(record.Id, default))!.Version);
        }

        Assert.Equal(3, (await Due.TakeDueAsync(Ask(now, 100, name), _ => DueAnswer.PutOff(null), default)).PutOff);
    }

    [BehaviourFact]
    public async Task EndedSession_Deleted_IsGoneWithEverythingThatHungOnIt()
    {
        var name = Fresh("deleted");
        var created = await CreateAsync(name, SessionRecords.Start);
        var logged = SessionRecords.Log(created, 3);
        await SaveAsync(logged);
        var other = await CreateAsync(name, SessionRecords.Start);
        var now = SessionRecords.Start + Hour + Hour;

        var batch = await Due.TakeDueAsync(
            Ask(now, 100, name), record => record.Id == created.Id ? DueAnswer.Delete : DueAnswer.PutOff(null), default);

        Assert.Equal((1, 1), (batch.Deleted, batch.PutOff));
        Assert.Null(await store.ReadAsync(created.Id, default));
        Assert.Empty(await store.ReadEventsAsync(created.Id, 0, 100, default));
        Assert.Empty(await store.ReadExecutionsAsync(created.Id, 0, 100, default));
        Assert.NotNull(await store.ReadAsync(other.Id, default));

        // An activation that still holds it brings nothing back.
        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(SessionRecords.Next(logged.Record, new CloseSession { Actor = Alice }), default));
        Assert.Null(await store.ReadAsync(created.Id, default));
    }

    [BehaviourFact]
    public async Task SessionWithDataWasKeptForLongEnough_Swept_LeavesNothingAnywhere()
    {
        var week = TimeSpan.FromDays(7);
        var key = DataKey.Parse("key");
        var (record, space) = await FullAsync(Fresh("kept"), dataRetention: week + Hour);
        var (other, others) = await FullAsync(record.Namespace, dataRetention: week + week);
        Assert.NotEmpty(await KeptOfAsync(record));

        // The session may go, but its data was promised to stay for longer.
        var early = await Due.TakeDueAsync(Ask(record.EndedAt!.Value + week, 10, record.Namespace), Judge(record.EndedAt.Value + week), default);
        Assert.Equal(0, early.Deleted);
        Assert.NotNull((await Data.ReadDataAsync(space, key, default)).Value);

        var late = record.EndedAt.Value + week + Hour + TimeSpan.FromSeconds(1);
        var batch = await Due.TakeDueAsync(Ask(late, 10, record.Namespace), Judge(late), default);

        Assert.Equal(1, batch.Deleted);
        Assert.Null(await store.ReadAsync(record.Id, default));
        Assert.Empty(await store.ReadEventsAsync(record.Id, 0, 100, default));
        Assert.DoesNotContain((await Log.ReadLogAsync(record.Namespace, EventCursor.Start, 1000, default)).Events, logged => logged.Event.SessionId == record.Id);
        Assert.Empty(await store.ReadExecutionsAsync(record.Id, 0, 100, default));
        Assert.Equal(new DataReading(0, null), await Data.ReadDataAsync(space, key, default));
        Assert.Empty(await Data.ListDataAsync(space, "", null, 100, default));
        var labelled = new SessionQuery { Namespace = record.Namespace, Labels = record.Configuration.Labels };
        var listed = await storage.Search.SearchAsync(labelled, SessionOrder.NewestFirst, null, 10, default);
        Assert.Equal(other.Id, Assert.Single(listed.Sessions).Id);
        Assert.Empty(await KeptOfAsync(record));

        // Ids are not used again. Were one, nothing of what is gone would come back with it.
        await SaveAsync(SessionRecords.Create(record.Id, record.Namespace.ToString(), record.Creator.ToString()));
        var again = (await store.ReadAsync(record.Id, default))!;
        Assert.Equal((1, 0, false), (again.Version, again.Usage.DataBytes, again.HasData));
        Assert.Equal(new DataReading(0, null), await Data.ReadDataAsync(space, key, default));
        Assert.Single(await store.ReadEventsAsync(record.Id, 0, 100, default));
        Assert.Empty(await store.ReadExecutionsAsync(record.Id, 0, 100, default));

        // What stands beside it is as it was.
        Assert.NotNull((await Data.ReadDataAsync(others, key, default)).Value);
        Assert.Equal(other.LastSequence, (await store.ReadEventsAsync(other.Id, 0, 100, default)).Length);
        Assert.Equal(3, (await store.ReadExecutionsAsync(other.Id, 0, 100, default)).Length);

        Func<SessionRecord, DueAnswer> Judge(DateTimeOffset now) => due =>
            SweepRules.Judge(due, new DecisionFacts { Now = now }, week, Claim) is { Action: SweepAction.Delete }
                ? DueAnswer.Delete
                : DueAnswer.PutOff(RetentionRules.GoneAt(due, week));
    }

    [BehaviourFact]
    public async Task ManySweepers_OverOneCrowd_EndEverySessionOnce()
    {
        var names = Enumerable.Range(0, 3).Select(n => Fresh($"shared-{n}")).ToArray();
        var ids = new ConcurrentBag<SessionId>();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(async n => ids.Add((await CreateAsync(names[n % 3], SessionRecords.Start)).Id)));
        var now = SessionRecords.Start + Hour + Hour;
        var sweepers = new[] { Due, (await OpenAsync()).Due, (await OpenAsync()).Due };
        var ended = new ConcurrentBag<SessionId>();

        await Task.WhenAll(sweepers.Select(sweeper => Task.Run(async () =>
        {
            DueBatch batch;
            do
            {
                batch = await sweeper.TakeDueAsync(Ask(now, 17, names), record => DueAnswer.Write(Expire(record, now)), default);
                foreach (var save in batch.Saves)
                {
                    ended.Add(save.Record.Id);
                }
            }
            while (!batch.Taken.IsEmpty);
        })));

        Assert.Equal(600, ended.Count);
        Assert.Equal(ids.ToHashSet(), ended.ToHashSet());
        foreach (var id in ids)
        {
            var log = await store.ReadEventsAsync(id, 0, 100, default);
            Assert.Equal([1, 2, 3], log.Select(e => e.Sequence));
        }
    }

    [BehaviourFact]
    public async Task RenewalAndSweep_AtTheSameMoment_HaveExactlyOneOutcome()
    {
        var name = Fresh("race");
        var now = SessionRecords.Start + Hour + TimeSpan.FromSeconds(1);
        var (renewed, ended) = (0, 0);
        for (var round = 0; round < 60; round++)
        {
            var record = await CreateAsync(name, SessionRecords.Start);
            var renewal = SessionRecords.Next(record, new RenewSession { Actor = Alice, By = Hour }, now);
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var saving = Task.Run(async () =>
            {
                await start.Task;
                return await store.SaveAsync(renewal, default);
            });
            var sweeping = Task.Run(async () =>
            {
                await start.Task;
                return await Due.TakeDueAsync(Ask(now, 10, name), due => DueAnswer.Write(Expire(due, now)), default);
            });
            start.SetResult();
            var won = await saving == SaveOutcome.Saved;
            var swept = (await sweeping).Saves.Length == 1;

            Assert.True(won != swept || (!swept && !won), "both were written");
            var held = (await store.ReadAsync(record.Id, default))!;
            Assert.Equal(2, held.Version);
            Assert.Equal(won ? SessionStatus.Created : SessionStatus.Closed, held.Status);
            (renewed, ended) = (renewed + (won ? 1 : 0), ended + (swept ? 1 : 0));
        }

        Assert.Equal(60, renewed + ended);
    }

    [BehaviourFact]
    public async Task QuestionsOutOfRange_Asked_AreMistakesOfTheProgram()
    {
        var name = Fresh("mistakes");
        foreach (var question in (DueQuestion[])[
            Ask(SessionRecords.Start, 0, name), Ask(SessionRecords.Start, 1001, name), Ask(SessionRecords.Start, 1), Ask(SessionRecords.Start, 1, name, name)])
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => Due.TakeDueAsync(question, _ => DueAnswer.Delete, default).AsTask());
        }
    }

    /// <summary>A namespace that no other test has.</summary>
    private static SessionNamespace Fresh(string name) => SessionNamespace.Parse($"due/{name}-{Guid.NewGuid():n}");

    private static DueQuestion Ask(DateTimeOffset now, int share, params SessionNamespace[] names) => new(now, [.. names], share, Claim);

    private static SessionSave Expire(SessionRecord record, DateTimeOffset now)
    {
        var decision = SessionRules.LetTimePass(record, new DecisionFacts { Now = now });
        return new SessionSave(decision.Next!, decision.Events) { LiveChange = Liveness.Change(record, decision.Next!) };
    }

    /// <summary>A session that is due when it ends, and not before, to give notice of that.</summary>
    private async Task<SessionRecord> CreateAsync(SessionNamespace name, DateTimeOffset at)
    {
        var save = SessionRecords.Create(
            @namespace: name.ToString(), overrides: new() { MaxDuration = Hour, ExpiryNotice = TimeSpan.Zero }, at: at);
        await SaveAsync(save);
        return save.Record;
    }

    /// <summary>A session that has ended and has all that can hang on one: values, answers, accesses of another one, executions, labels, events.</summary>
    private async Task<(SessionRecord Record, DataSpace Space)> FullAsync(SessionNamespace name, TimeSpan dataRetention)
    {
        var overrides = new SessionOverrides { Labels = SessionOverrides.None.Labels.Add("team", name.ToString()) };
        var save = SessionRecords.Create(@namespace: name.ToString(), overrides: overrides);
        await SaveAsync(save);
        var begun = DataLifecycle.Begin(save.Record, dataRetention, SessionRecords.Start);
        await SaveAsync(new SessionSave(begun.Next!, begun.Events));
        var space = DataSpaces.Of(save.Record);
        for (var n = 0; n < 20; n++)
        {
            Assert.Equal(DataOutcome.Written, (await PutAsync(space, n == 0 ? "key" : $"key/{n}", "value")).Outcome);
        }

        var access = AccessLog.Note(begun.Next!, SessionId.New(), DataOperations.Read, reached: false, Alice, SessionRecords.Start);
        await SaveAsync(new SessionSave(access.Next!, access.Events));
        var logged = SessionRecords.Log(access.Next!, 3);
        await SaveAsync(logged with { Answers = new() { Kept = [new RecordedAnswer(CommandId.New(), 1, 1, SessionVerb.Create)] } });
        var closed = SessionRecords.Next(logged.Record, new CloseSession { Actor = Alice });
        await SaveAsync(closed with { Record = RetentionRules.Foresee(closed.Record, TimeSpan.FromDays(7)) });
        return ((await store.ReadAsync(save.Record.Id, default))!, space);
    }

    private async Task<List<DueNamespace>> NamespacesAsync()
    {
        var all = new List<DueNamespace>();
        ImmutableArray<DueNamespace> page;
        do
        {
            page = await Due.ReadDueNamespacesAsync(all.LastOrDefault()?.Namespace, 3, default);
            all.AddRange(page);
        }
        while (page.Length == 3);
        return all;
    }
}
