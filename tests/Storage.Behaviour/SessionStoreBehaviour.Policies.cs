using System.Collections.Immutable;
using System.Text.Json;
using Sessions.Core;
using Sessions.Core.Isolation;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

/// <content>Policies, and the maximum of live sessions that they state.</content>
public abstract partial class SessionStoreBehaviour
{
    private IPolicyStore Policies => storage.Policies;

    [BehaviourFact]
    public async Task PolicyVersions_Saved_FollowUponEachOtherAndAreReadBack()
    {
        var name = NewNamespace();
        var definition = new PolicyDefinition
        {
            Description = "Ünïcode \"quoted\" 🎈",
            Ceiling = new SessionCeiling { MaxDuration = TimeSpan.FromTicks(12_345), Permissions = SessionPermissions.ExecuteFunctions },
            DataRules = [],
            Extends = [SessionNamespace.Parse("acme/base")],
        };

        var first = await Policies.SavePolicyAsync(Policy(name, 1, definition), default);
        var second = await Policies.SavePolicyAsync(Policy(name, 2, new() { MaxLiveSessions = 3 }), default);

        Assert.True(first!.Revision < second!.Revision);
        Assert.Null(await Policies.SavePolicyAsync(Policy(name, 2, definition), default));
        Assert.Null(await Policies.SavePolicyAsync(Policy(name, 4, definition), default));
        Assert.Null(await Policies.SavePolicyAsync(Policy(NewNamespace(), 2, definition), default));
        var history = await Policies.ReadPolicyHistoryAsync(name, null, 10, default);
        Assert.Equal([Json(second), Json(first)], history.Select(one => Json(one.Policy!)));
        Assert.Equal([2L, 1L], history.Select(one => one.Version));
        Assert.Equal([1L], (await Policies.ReadPolicyHistoryAsync(name, 2, 10, default)).Select(one => one.Version));
        Assert.Equal([2L], (await Policies.ReadPolicyHistoryAsync(name, null, 1, default)).Select(one => one.Version));

        static string Json(NamespacePolicy policy) => JsonSerializer.Serialize(policy);
    }

    [BehaviourFact]
    public async Task AnswersOfAPolicy_Kept_StandBesideTheNewestVersionAndChangeFromWhatTheyWere()
    {
        var name = NewNamespace();
        Assert.NotNull(await Policies.SavePolicyAsync(Policy(name, 1, new()), new(null, "a"), default));
        Assert.Null(await Policies.SavePolicyAsync(Policy(name, 2, new()), new(null, "b"), default));
        Assert.Null(await Policies.SavePolicyAsync(Policy(name, 2, new()), new("x", "b"), default));
        Assert.False(await Policies.KeepPolicyAnswersAsync(name, 1, new(null, "b"), default));
        Assert.False(await Policies.KeepPolicyAnswersAsync(name, 2, new("a", "b"), default));
        Assert.True(await Policies.KeepPolicyAnswersAsync(name, 1, new("a", "b"), default));
        Assert.Equal("b", Assert.Single(await Policies.ReadPolicyHistoryAsync(name, null, 1, default)).Answers);

        Assert.NotNull(await Policies.SavePolicyAsync(Policy(name, 2, new()), new("b", "c"), default));

        Assert.False(await Policies.KeepPolicyAnswersAsync(name, 1, new("b", "d"), default));
        Assert.False(await Policies.KeepPolicyAnswersAsync(name, 1, new(null, "d"), default));
        Assert.Equal("c", Assert.Single(await Policies.ReadPolicyHistoryAsync(name, null, 1, default)).Answers);
    }

    [BehaviourFact]
    public async Task Policies_ReadFromARevision_AreTheNewestOfEachNamespaceInOrder()
    {
        var (a, b) = (NewNamespace(), NewNamespace());
        var before = (await Policies.SavePolicyAsync(Policy(a, 1, new()), default))!.Revision;
        await Policies.SavePolicyAsync(Policy(b, 1, new()), default);
        await Policies.SavePolicyAsync(Policy(a, 2, new()), default);

        var changes = (await Policies.ReadPoliciesAsync(before, 1000, default)).Where(one => one.Namespace == a || one.Namespace == b).ToList();

        Assert.Equal([(b, 1L), (a, 2L)], changes.Select(one => (one.Namespace, one.Version)));
        Assert.True(before < changes[0].Revision && changes[0].Revision < changes[1].Revision);
        Assert.Single(await Policies.ReadPoliciesAsync(before, 1, default));
        Assert.Empty(await Policies.ReadPoliciesAsync(changes[1].Revision + 1_000_000, 10, default));
    }

    [BehaviourFact]
    public async Task ManyThatSetAtOnce_OneWinsEachVersion_AndNoRevisionIsMissedByWhoReadsOn()
    {
        var names = Enumerable.Range(0, 3).Select(_ => NewNamespace()).ToArray();
        var (other, seen, done) = ((await OpenAsync()).Policies, new Dictionary<(SessionNamespace, long), long>(), false);
        var reading = Task.Run(async () =>
        {
            for (var (after, last) = (0L, false); !last;)
            {
                last = Volatile.Read(ref done);
                foreach (var change in await Policies.ReadPoliciesAsync(after, 1000, default))
                {
                    Assert.True(change.Revision > after);
                    after = change.Revision;
                    seen[(change.Namespace, change.Version)] = change.Revision;
                }
            }
        });

        var won = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Task.Run(async () =>
        {
            var (writer, name, count) = (n % 2 == 0 ? Policies : other, names[n % 3], 0);
            for (var i = 0; i < 10; i++)
            {
                var newest = (await writer.ReadPolicyHistoryAsync(name, null, 1, default)).FirstOrDefault()?.Version ?? 0;
                count += await writer.SavePolicyAsync(Policy(name, newest + 1, new()), default) is null ? 0 : 1;
            }

            return count;
        })));
        Volatile.Write(ref done, true);
        await reading;

        var versions = 0L;
        foreach (var name in names)
        {
            var history = await Policies.ReadPolicyHistoryAsync(name, null, 1000, default);
            versions += history.Length;
            Assert.Equal(Enumerable.Range(1, history.Length).Select(n => (long)n).Reverse(), history.Select(one => one.Version));
            Assert.Equal(history[0].Revision, seen[(name, history[0].Version)]);
        }

        Assert.Equal(won.Sum(), versions);
    }

    [BehaviourFact]
    public async Task MaximumIsReached_OneMoreBecomesLive_IsRefusedAndNothingChanges()
    {
        var name = NewNamespace();
        await LimitAsync(name, 2);
        var (first, second) = (await ActivateAsync(name), await ActivateAsync(Below(name, "deep/er")));
        var third = SessionRecords.Create(@namespace: name.ToString());
        await SaveAsync(third);

        var outcome = await store.SaveAsync(SessionRecords.Next(third.Record, Activate), default);

        Assert.Equal(SaveOutcome.Full(new LiveCount(name, 2, 2)), outcome);
        await AssertHoldsAsync(third.Record, third.Events);
        var paused = SessionRecords.Next(first, new PauseSession { Actor = Alice });
        await SaveAsync(paused);
        Assert.Equal(outcome, await store.SaveAsync(SessionRecords.Next(third.Record, Activate), default));
        await SaveAsync(SessionRecords.Next(paused.Record, new CloseSession { Actor = Alice }));
        await SaveAsync(SessionRecords.Next(third.Record, Activate));
        Assert.Equal([third.Record.Id, second.Id], (await Policies.ReadLiveAsync(name, null, 10, default)).Select(one => one.Id).Order().OrderBy(id => id == second.Id));
        Assert.Equal<LiveCount>([new LiveCount(name, 2, 2)], await Policies.ReadLiveCountsAsync(Below(name, "x"), default));
    }

    [BehaviourFact]
    public async Task MaximaOnAPath_CountTogether_AndARefusalCountsNowhere()
    {
        var outer = NewNamespace();
        var (inner, beside) = (Below(outer, "inner"), Below(outer, "beside"));
        await LimitAsync(outer, 3);
        await LimitAsync(inner, 1);
        await ActivateAsync(inner);

        Assert.Equal(SaveOutcome.Full(new LiveCount(inner, 1, 1)), await TryActivateAsync(Below(inner, "deep")));
        Assert.Equal<LiveCount>([new LiveCount(outer, 3, 1), new LiveCount(inner, 1, 1)], await Policies.ReadLiveCountsAsync(inner, default));
        await ActivateAsync(beside);
        await ActivateAsync(beside);
        Assert.Equal(SaveOutcome.Full(new LiveCount(outer, 3, 3)), await TryActivateAsync(beside));
        Assert.Equal(SaveOutcome.Full(new LiveCount(outer, 3, 3)), await TryActivateAsync(inner));
        await ActivateAsync(SessionNamespace.Parse(outer + "-not-below"));
        Assert.Equal<LiveCount>([new LiveCount(outer, 3, 3)], await Policies.ReadLiveCountsAsync(outer, default));
    }

    [BehaviourFact]
    public async Task MaximumSetLate_CountsWhatIsLiveAlready_AndSetAgainOrTakenBackFollows()
    {
        var name = NewNamespace();
        var live = new[] { await ActivateAsync(name), await ActivateAsync(Below(name, "a")), await ActivateAsync(Below(name, "a/b")) };
        await SaveAsync(SessionRecords.Create(@namespace: name.ToString()));

        await LimitAsync(name, 2);

        Assert.Equal(SaveOutcome.Full(new LiveCount(name, 2, 3)), await TryActivateAsync(name));
        await LimitAsync(name, 4, version: 2);
        await ActivateAsync(name);
        Assert.Equal<LiveCount>([new LiveCount(name, 4, 4)], await Policies.ReadLiveCountsAsync(name, default));
        await LimitAsync(name, null, version: 3);
        Assert.Empty(await Policies.ReadLiveCountsAsync(name, default));
        await ActivateAsync(name);
        await SaveAsync(SessionRecords.Next(live[0], new CloseSession { Actor = Alice }));
        await LimitAsync(name, 0, version: 4);
        Assert.Equal<LiveCount>([new LiveCount(name, 0, 4)], await Policies.ReadLiveCountsAsync(name, default));
    }

    [BehaviourFact]
    public async Task SaveThatLosesItsRace_CountsNothing()
    {
        var name = NewNamespace();
        await LimitAsync(name, 5);
        var created = SessionRecords.Create(@namespace: name.ToString());
        await SaveAsync(created);
        await SaveAsync(SessionRecords.Next(created.Record, Activate));

        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(SessionRecords.Next(created.Record, Activate), default));
        Assert.Equal(SaveOutcome.Conflict, await store.SaveAsync(
            SessionRecords.Next(SessionRecords.Create(@namespace: name.ToString()).Record, Activate), default));

        Assert.Equal<LiveCount>([new LiveCount(name, 5, 1)], await Policies.ReadLiveCountsAsync(name, default));
        await Assert.ThrowsAsync<ArgumentException>(() => store.SaveAsync(SessionRecords.Create() with { LiveChange = 1 }, default).AsTask());
    }

    [BehaviourFact]
    public async Task LiveSessions_Paged_AreThoseOfTheNamespaceAndBelowById()
    {
        var name = NewNamespace();
        var live = new List<SessionRecord>();
        for (var i = 0; i < 7; i++)
        {
            live.Add(await ActivateAsync(i % 2 == 0 ? name : Below(name, "x")));
        }

        await ActivateAsync(SessionNamespace.Parse(name + "-not-below"));
        var expected = live.OrderBy(one => one.Id.ToString(), StringComparer.Ordinal).Select(one => new LiveSession(one.Id, one.LastSequence)).ToList();

        var first = await Policies.ReadLiveAsync(name, null, 4, default);
        var rest = await Policies.ReadLiveAsync(name, first[^1].Id, 4, default);

        Assert.Equal(expected, [.. first, .. rest]);
    }

    [BehaviourFact]
    public async Task ManyFromTwoStores_RaceForFewPlaces_NeverExceedThemNeverStickAndLeaveAllUsable()
    {
        const int Maximum = 7;
        var outer = NewNamespace();
        var (inner, beside) = (Below(outer, "inner"), Below(outer, "beside"));
        await LimitAsync(outer, Maximum);
        await LimitAsync(inner, 4);
        var stores = new[] { store, (await OpenAsync()).Sessions };
        var (surely, most, refused) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(async () =>
        {
            var (mine, random) = (stores[n % 2], new Random(n));
            for (var i = 0; i < 12; i++)
            {
                var record = SessionRecords.Create(@namespace: (random.Next(2) == 0 ? inner : beside).ToString());
                Assert.Equal(SaveOutcome.Saved, await mine.SaveAsync(record, default));
                var active = SessionRecords.Next(record.Record, Activate);
                var outcome = await mine.SaveAsync(active, default);
                if (outcome.Limit is { } full)
                {
                    Assert.True(full.Live >= full.Maximum);
                    Interlocked.Increment(ref refused);
                    continue;
                }

                // Counted after the answer and uncounted before the question: never more than there are.
                Assert.Equal(SaveOutcome.Saved, outcome);
                InterlockedMax(ref most, Interlocked.Increment(ref surely));
                await Task.Yield();
                Interlocked.Decrement(ref surely);
                Assert.Equal(SaveOutcome.Saved, await mine.SaveAsync(SessionRecords.Next(active.Record, new CloseSession { Actor = Alice }), default));
            }
        })));

        Assert.InRange(most, 1, Maximum);
        Assert.True(refused > 0, "nobody was ever refused, and so nothing was shown");
        Assert.Equal<LiveCount>([new LiveCount(outer, Maximum, 0), new LiveCount(inner, 4, 0)], await Policies.ReadLiveCountsAsync(inner, default));
        for (var i = 0; i < Maximum; i++)
        {
            await ActivateAsync(i < 4 ? inner : beside);
        }

        Assert.Equal(SaveOutcome.Full(new LiveCount(outer, Maximum, Maximum)), await TryActivateAsync(beside));
    }

    private static ActivateSession Activate => new() { Actor = Alice };

    private static SessionNamespace NewNamespace() => SessionNamespace.Parse($"n{Guid.NewGuid():n}/p");

    private static SessionNamespace Below(SessionNamespace above, string path) => SessionNamespace.Parse($"{above}/{path}");

    private static NamespacePolicy Policy(SessionNamespace name, long version, PolicyDefinition definition) => new()
    {
        Namespace = name,
        Version = version,
        Definition = definition,
        SetAt = SessionRecords.Start,
        SetBy = Alice,
        Reason = version % 2 == 0 ? "because" : null,
    };

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value;)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            seen = before == seen ? value : before;
        }
    }

    private async Task LimitAsync(SessionNamespace name, long? maximum, long version = 1) =>
        Assert.NotNull(await Policies.SavePolicyAsync(Policy(name, version, new() { MaxLiveSessions = maximum }), default));

    private async Task<SaveOutcome> TryActivateAsync(SessionNamespace name)
    {
        var created = SessionRecords.Create(@namespace: name.ToString());
        await SaveAsync(created);
        return await store.SaveAsync(SessionRecords.Next(created.Record, Activate), default);
    }

    private async Task<SessionRecord> ActivateAsync(SessionNamespace name)
    {
        var created = SessionRecords.Create(@namespace: name.ToString());
        await SaveAsync(created);
        var active = SessionRecords.Next(created.Record, Activate);
        await SaveAsync(active);
        return active.Record;
    }
}
