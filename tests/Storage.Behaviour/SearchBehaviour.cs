using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Search;
using Sessions.Grains.Storage;
using Sessions.Storage.Behaviour.Support;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

/// <summary>What every store finds. Each test has a store with nothing else in it.</summary>
public abstract class SearchBehaviour
{
    private static readonly SessionOrder[] Orders =
        [SessionOrder.NewestFirst, SessionOrder.OldestFirst, SessionOrder.EndsFirst, SessionOrder.EndsLast];

    /// <summary>A store with nothing in it, whose questions look at so few sessions.</summary>
    internal abstract Task<SessionStorage> OpenAsync(int scan);

    [BehaviourFact]
    public Task RandomSessionsAndQueries_Paged_AreWhatTheModelSays() => CompareWithModelAsync(scan: 4000, sessions: 150, queries: 250);

    [BehaviourFact]
    public Task QuestionsThatLookAtLittle_Paged_AreWhatTheModelSays() => CompareWithModelAsync(scan: 9, sessions: 60, queries: 60);

    [BehaviourFact]
    public async Task SessionsComeAndChangeAndEnd_BetweenPages_EachThatStaysIsShownOnce()
    {
        var random = new Random(7);
        foreach (var order in Orders)
        {
            var (store, population) = (await OpenAsync(scan: 12), new SearchPopulation(random));
            await population.AddAsync(store, 80);
            var steady = population.Records.Where((_, n) => n % 2 == 0).ToList();
            var shown = new List<SessionId>();
            SearchPosition? after = null;
            do
            {
                var page = await store.Search.SearchAsync(SessionQuery.All, order, after, 7, default);
                shown.AddRange(page.Sessions.Select(session => session.Id));
                after = page.Next;
                await population.AddAsync(store, 3);
                await population.MoveAsync(store, 5, except: steady);
                await population.DropAsync(store, except: steady);
            }
            while (after is not null && shown.Count < 1000);

            Assert.True(shown.Count < 1000, "Those that come meanwhile must not keep the list from ending.");
            if (!SearchKeys.GoesByEnd(order))
            {
                // By its end a session may move behind where the list has got to, and be shown there again.
                Assert.Equal(shown.Count, shown.Distinct().Count());
            }

            Assert.Equal(SearchModel.Find(steady, SessionQuery.All, order).Select(record => record.Id), shown.Where(id => steady.Any(s => s.Id == id)));
        }
    }

    [BehaviourFact]
    public async Task MoreNamespacesThanAreWalked_Listed_AllAreShown()
    {
        var store = await OpenAsync(scan: 4000);
        var population = new SearchPopulation(new Random(3));
        for (var n = 0; n <= SearchPaths.MaxNamespaces; n++)
        {
            await population.AddAsync(store, 1, @namespace: $"many/n{n}");
        }

        await population.AddAsync(store, 5, @namespace: "other");

        await AssertFoundAsync(store, population.Records, new() { Namespace = SessionNamespace.Parse("many") }, SessionOrder.NewestFirst, 10);
    }

    [BehaviourFact]
    public async Task TextInAnyScript_Searched_IsFoundInUpperAndLowerCaseAlike()
    {
        var store = await OpenAsync(scan: 4000);
        (string Label, string[] Found, string[] NotFound)[] cases =
        [
            ("Straße", ["straße", "STRAßE", "raß"], ["strasse"]),
            ("ÉCLAIR", ["éclair", "Éc"], ["eclair"]),
            ("Ωμέγα", ["ωμέγα", "ΜΈΓΑ"], ["ωμεγα"]),
            ("100%_done", ["%_", "0%_D"], ["0%d"]),
            ("smile🎈day", ["🎈day", "e🎈"], ["smileday"]),
        ];
        foreach (var (label, found, notFound) in cases)
        {
            var overrides = new SessionOverrides { Labels = SessionOverrides.None.Labels.Add("Key.A", label) };
            var save = SessionRecords.Create(overrides: overrides);
            Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(save, default));

            foreach (var text in found)
            {
                Assert.Equal([save.Record.Id], await IdsAsync(text));
            }

            foreach (var text in notFound)
            {
                Assert.DoesNotContain(save.Record.Id, await IdsAsync(text));
            }

            // Not across the end of a key into its value.
            Assert.DoesNotContain(save.Record.Id, await IdsAsync("a" + label));
        }

        Assert.Equal(cases.Length, (await IdsAsync("KEY.a")).Count());

        async Task<IEnumerable<SessionId>> IdsAsync(string text) =>
            (await store.Search.SearchAsync(new() { Text = text }, SessionOrder.NewestFirst, null, 50, default))
                .Sessions.Select(session => session.Id);
    }

    [BehaviourFact]
    public async Task SessionWithData_Listed_ShowsWhatItTakes()
    {
        var store = await OpenAsync(scan: 4000);
        var save = SessionRecords.Create();
        await store.Sessions.SaveAsync(save, default);
        var put = new DataWrite(CommandId.New(), DataKey.Parse("key"), [1, 2, 3], null);
        await store.Data.WriteDataAsync(DataSpaces.Of(save.Record), put, default);

        var page = await store.Search.SearchAsync(SessionQuery.All, SessionOrder.NewestFirst, null, 10, default);

        Assert.Equal((await store.Sessions.ReadAsync(save.Record.Id, default))!.Usage.DataBytes, Assert.Single(page.Sessions).Usage.DataBytes);
        Assert.True(page.Sessions[0].Usage.DataBytes > 0);
    }

    private async Task CompareWithModelAsync(int scan, int sessions, int queries)
    {
        var random = new Random(scan);
        var (store, population) = (await OpenAsync(scan), new SearchPopulation(random));
        for (var n = 0; n < queries; n++)
        {
            if (n % (queries / 5) == 0)
            {
                await population.AddAsync(store, sessions / 5);
                await population.MoveAsync(store, sessions / 10, except: []);
                await population.DropAsync(store, except: []);
            }

            await AssertFoundAsync(store, population.Records, population.NextQuery(), Orders[n % Orders.Length], random.Next(1, 25));
        }
    }

    private static async Task AssertFoundAsync(
        SessionStorage store, IReadOnlyCollection<SessionRecord> records, SessionQuery query, SessionOrder order, int limit)
    {
        var search = store.Search;
        var expected = SearchModel.Find(records, query, order).ToList();
        var found = new List<SessionRecord>();
        SearchPosition? after = null;
        for (var pages = 0; ; pages++)
        {
            var page = await search.SearchAsync(query, order, after, limit, default);
            Assert.True(page.Sessions.Length <= limit);
            found.AddRange(page.Sessions);
            after = page.Next;
            if (after is null)
            {
                break;
            }

            Assert.True(pages <= records.Count, $"A page of {query} in {order} leads nowhere.");
        }

        Assert.Equal(expected.Select(record => (record.Id, record.Version)), found.Select(record => (record.Id, record.Version)));
        var all = SearchModel.Find(records, query).ToList();
        var counts = await search.CountAllAsync(query, default);
        Assert.Equal(all.Count, counts.Values.Sum());
        Assert.All(counts, count => Assert.Equal(all.LongCount(record => record.Status == count.Key), count.Value));
    }
}
