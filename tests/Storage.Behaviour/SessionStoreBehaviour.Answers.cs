using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

/// <summary>What every store keeps of answers beside the sessions, and for how long.</summary>
public abstract partial class SessionStoreBehaviour
{
    private static readonly TimeSpan AnswerWindow = SessionTimings.Default.AnswerWindow;

    [BehaviourFact]
    public async Task AnswersThatLeaveTheRecord_AreFoundBesideItUntilTheSessionForgetsThem()
    {
        var bystander = await BusyAsync(await CreateAsync(), 20);
        var (record, saves) = await BusyAsync(await CreateAsync(), 30);
        var answers = saves.Select(save => save.Record.Answers[^1]).ToArray();

        Assert.Equal(answers[^16..], record.Answers.AsEnumerable());
        Assert.All(answers[..^16], answer => Assert.Equal(answer, Read(record, answer.CommandId)));
        Assert.All(answers[^16..], answer => Assert.Null(Read(record, answer.CommandId)));
        Assert.Null(Read(record, CommandId.New()));
        Assert.Null(Read(bystander.Record, answers[0].CommandId));

        // Twice, because what came after the first noting is past its window a window later.
        for (var n = 0; n < 2; n++)
        {
            record = await SaveNextAsync(record, Adjust(), record.ChangedAt + AnswerWindow + AnswerWindow);
        }

        Assert.All(answers[..^16], answer => Assert.Null(Read(record, answer.CommandId)));
        Assert.NotNull(Read(bystander.Record, bystander.Saves[0].Record.Answers[^1].CommandId));

        RecordedAnswer? Read(SessionRecord of, CommandId command) => store.ReadAnswerAsync(of.Id, command, default).AsTask().GetAwaiter().GetResult();
    }

    [BehaviourFact]
    public async Task AnswersPastTheirWindow_OfASessionThatNobodyCalls_AreForgottenByASweep()
    {
        var name = Fresh("answers");
        var created = await CreateAsync(name, SessionRecords.Start);
        var (record, saves) = await BusyAsync(created, 25);
        var due = SessionClock.DueAt(record)!.Value;
        Assert.True(due < SessionClock.ExpiresAt(record));

        for (var n = 0; n < 2; n++)
        {
            var batch = await Due.TakeDueAsync(Ask(due.AddSeconds(1), 10, name), found => Forget(found, due.AddSeconds(1)), default);
            record = Assert.Single(batch.Saves).Record;
            due = SessionClock.DueAt(record)!.Value;
            if (record.History!.Kept == 0)
            {
                break;
            }
        }

        Assert.Equal(0, record.History!.Kept);
        Assert.All(saves.SkipLast(16), save => Assert.Null(store.ReadAnswerAsync(record.Id, save.Record.Answers[^1].CommandId, default).AsTask().GetAwaiter().GetResult()));
        await AssertHoldsAsync(record, await store.ReadEventsAsync(record.Id, 0, 1000, default));

        static DueAnswer Forget(SessionRecord found, DateTimeOffset now)
        {
            var decision = SessionRules.LetTimePass(found, new DecisionFacts { Now = now });
            return DueAnswer.Write(new SessionSave(decision.Next!, decision.Events) { Answers = AnswerChanges.Between(found, decision.Next!) });
        }
    }

    [BehaviourFact]
    public async Task AnswerThatIsTakenBack_IsGoneAndTheOthersAreNot()
    {
        var (record, saves) = await BusyAsync(await CreateAsync(), 20);
        var (first, second) = (saves[0].Record.Answers[^1], saves[1].Record.Answers[^1]);

        await SaveAsync(new SessionSave(record with { Version = record.Version + 1 }, []) { Answers = new() { TakenBack = first.Version } });

        Assert.Null(await store.ReadAnswerAsync(record.Id, first.CommandId, default));
        Assert.Equal(second, await store.ReadAnswerAsync(record.Id, second.CommandId, default));
    }

    [BehaviourFact]
    public async Task FencedOffSave_NeitherKeepsNorForgetsAnswers()
    {
        var (record, saves) = await BusyAsync(await CreateAsync(), 20);
        var kept = saves[0].Record.Answers[^1];
        var stranger = new RecordedAnswer(CommandId.New(), 1, 1, SessionVerb.Create);
        var stale = new SessionSave(record, []) { Answers = new() { Kept = [stranger with { Version = 1 }], ForgottenUpTo = record.Version } };

        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(stale, default));

        Assert.Null(await store.ReadAnswerAsync(record.Id, stranger.CommandId, default));
        Assert.Equal(kept, await store.ReadAnswerAsync(record.Id, kept.CommandId, default));
    }

    [BehaviourFact]
    public async Task MalformedAnswers_Saved_AreMistakesOfTheProgram()
    {
        var record = await CreateAsync();
        var next = record with { Version = 2 };
        var answer = new RecordedAnswer(CommandId.New(), 1, 1, SessionVerb.Create);
        AnswerChanges[] malformed =
        [
            null!, new() { Kept = default }, new() { Kept = [answer with { CommandId = default }] },
            new() { Kept = [answer with { Version = 2 }] }, new() { Kept = [answer with { Version = 0 }] },
        ];
        foreach (var bad in malformed)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => store.SaveAsync(new SessionSave(next, []) { Answers = bad }, default).AsTask());
        }
    }

    [BehaviourFact]
    public async Task ManySessions_SavedAtTheSameTimeWithAndWithoutAnswers_EachKeepItsOwn()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 40).Select(async n => await BusyAsync(await CreateAsync(), n % 3 * 12)));

        foreach (var (record, saves) in all)
        {
            foreach (var (n, save) in saves.Index())
            {
                var answer = save.Record.Answers[^1];
                Assert.Equal(n < saves.Count - 16 ? answer : null, await store.ReadAnswerAsync(record.Id, answer.CommandId, default));
            }
        }
    }

    /// <summary>
    /// The writes of data are judged by each store in its own way, PostgreSQL in a statement. They all must do as the rules say, which the
    /// store in memory calls.
    /// </summary>
    [BehaviourFact]
    public async Task Writes_RepeatedInAnyOrderAndAtAnyTime_AreAnsweredAsTheRulesSay()
    {
        var reached = new Dictionary<string, int>();
        for (var seed = 0; seed < 4; seed++)
        {
            var random = new Random(seed);
            var model = MemoryStorage.Create();
            var created = SessionRecords.Create();
            await SaveAsync(created);
            Assert.Equal(SaveOutcome.Saved, await model.Sessions.SaveAsync(created, default));
            var space = DataSpaces.Of(created.Record);
            var writes = new List<DataWrite>();
            var now = SessionRecords.Start;
            for (var n = 0; n < 150; n++)
            {
                now += random.Next(12) == 0 ? random.NextDouble() * 3 * AnswerWindow : TimeSpan.FromSeconds(random.Next(8));
                var write = writes.Count > 0 && random.Next(3) == 0
                    ? writes[random.Next(2) == 0 ? random.Next(writes.Count) : Math.Max(0, writes.Count - random.Next(1, 40))]
                    : Fresh(random, now);
                write = random.Next(12) == 0 ? write with { Value = Utf8("of another write") } : write;
                writes.Add(write);
                write = write with { At = now, Window = AnswerWindow };

                var expected = await model.Data.WriteDataAsync(space, write, default);
                Assert.Equal(expected, await Data.WriteDataAsync(space, write, default));
                var kind = expected.Outcome == DataOutcome.Written && expected.Version != expected.DataVersion ? "replayed" : $"{expected.Outcome}";
                reached[kind] = reached.GetValueOrDefault(kind) + 1;
            }
        }

        Assert.True(reached.GetValueOrDefault("replayed") > 20 && reached.GetValueOrDefault("TooOld") > 5 && reached.GetValueOrDefault("Reused") > 5, string.Join(", ", reached));

        static DataWrite Fresh(Random random, DateTimeOffset now)
        {
            // A little ahead, behind, and so far ahead that nobody believes it.
            var offset = random.Next(12) switch
            {
                0 => TimeSpan.FromMinutes(random.NextDouble() * 4),
                1 => -TimeSpan.FromHours(random.NextDouble() * 5),
                2 => TimeSpan.FromHours(30 + random.Next(30)),
                _ => TimeSpan.Zero,
            };
            var id = random.Next(10) == 0 ? CommandId.Parse(Guid.NewGuid().ToString()) : CommandId.New(now + offset);
            return new DataWrite(id, DataKey.Parse($"k{random.Next(3)}"), random.Next(5) == 0 ? null : Utf8($"{random.Next(100)}"), null);
        }
    }

    private static AdjustSession Adjust() => new() { Actor = Alice, Permissions = SessionPermissions.ExecuteFunctions };

    /// <summary>A session after so many commands within a second.</summary>
    private async Task<(SessionRecord Record, IReadOnlyList<SessionSave> Saves)> BusyAsync(SessionRecord record, int commands)
    {
        // With the answer to the creation, which leaves first.
        var saves = new List<SessionSave> { new(record, []) };
        for (var n = 1; n < commands; n++)
        {
            var save = SessionRecords.Next(record, Adjust() with { CommandId = CommandId.New(record.ChangedAt) }, record.ChangedAt.AddMilliseconds(10));
            await SaveAsync(save);
            saves.Add(save);
            record = save.Record;
        }

        return (record, saves);
    }

    private async Task<SessionRecord> SaveNextAsync(SessionRecord record, SessionCommand command, DateTimeOffset at)
    {
        var save = SessionRecords.Next(record, command with { CommandId = CommandId.New(at) }, at);
        await SaveAsync(save);
        return save.Record;
    }
}
