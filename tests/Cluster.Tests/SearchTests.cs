using Microsoft.Extensions.DependencyInjection;
using Sessions.Client;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>Lists, counts and histories as clients get them.</summary>
[Collection(ClusterGroup.Name)]
public sealed class SearchTests(ClusterFixture cluster)
{
    private SessionsClient Sessions => cluster.Cluster.GetSiloServiceProvider().GetRequiredService<SessionsClient>();

    private ISessionSearchGrain Grain => cluster.Grains.GetSessionSearch();

    [Fact]
    public async Task SessionsOfANamespace_ListedInSmallPages_AreAllThereAndInOrder()
    {
        var query = new SessionQuery { Namespace = SessionNamespace.Parse("search-pages") };
        var created = new List<SessionId>();
        for (var n = 0; n < 7; n++)
        {
            created.Add((await OpenAsync($"search-pages/n{n % 3}")).Id);
        }

        var newest = await Sessions.ListAsync(query, pageSize: 2).ToListAsync();
        var oldest = await Sessions.ListAsync(query, SessionOrder.OldestFirst, pageSize: 3).ToListAsync();

        Assert.Equal(created.Order(), newest.Select(session => session.Id).Order());
        Assert.Equal(newest.AsEnumerable().Reverse().Select(session => session.Id), oldest.Select(session => session.Id));
        Assert.All(newest, session => Assert.Equal(SessionStatus.Active, session.Status));
    }

    [Fact]
    public async Task SessionsThatWereChanged_Listed_AreAsTheyWereCommitted()
    {
        var query = new SessionQuery { Namespace = SessionNamespace.Parse("search-changes"), Statuses = [SessionStatus.Paused, SessionStatus.Closed] };
        var (paused, closed) = (await OpenAsync("search-changes"), await OpenAsync("search-changes"));
        await OpenAsync("search-changes");
        await paused.PauseAsync();
        await closed.CloseAsync();

        var listed = await Sessions.ListAsync(query).ToListAsync();
        var counts = await Sessions.CountAsync(query);

        Assert.Equal(
            new[] { (paused.Id, paused.LastSeenVersion), (closed.Id, closed.LastSeenVersion) }.Order(),
            listed.Select(session => (session.Id, session.Version)).Order());
        Assert.Equal([(SessionStatus.Paused, 1L), (SessionStatus.Closed, 1L)], counts.Select(count => (count.Key, count.Value)));
    }

    [Fact]
    public async Task Counts_ByNamespace_AreThoseOneLevelBelow()
    {
        foreach (var within in (string[])["search-levels", "search-levels/a", "search-levels/a/x", "search-levels/b"])
        {
            await OpenAsync(within);
        }

        var counts = await Sessions.CountByNamespaceAsync(new() { Namespace = SessionNamespace.Parse("search-levels") });
        var tenants = await Sessions.CountByNamespaceAsync();

        Assert.Equal(
            [("search-levels", 1L), ("search-levels/a", 2L), ("search-levels/b", 1L)],
            counts.Select(count => (count.Namespace.ToString(), count.ByStatus[SessionStatus.Active])));
        Assert.Equal(4, tenants.Single(count => count.Namespace.ToString() == "search-levels").ByStatus[SessionStatus.Active]);
    }

    [Fact]
    public async Task Token_TamperedWithOrForeign_IsRefusedByItsField()
    {
        var request = new ListSessions { Query = new() { Namespace = SessionNamespace.Parse("search-tokens") }, Limit = 1 };
        await OpenAsync("search-tokens");
        await OpenAsync("search-tokens");
        var next = (await Grain.List(request)).Next!;
        Assert.NotNull((await Grain.List(request with { After = next })).Sessions.Single());

        ListSessions[] wrong =
        [
            request with { After = (next[0] == 'A' ? "B" : "A") + next[1..] },
            request with { After = next[..^1] },
            request with { After = "" },
            request with { After = new string('A', 100_000) },
            request with { After = next, Order = SessionOrder.OldestFirst },
            request with { After = next, Query = SessionQuery.All },
        ];
        foreach (var one in wrong)
        {
            AssertRefused((await Grain.List(one)).Refusal, "after");
        }

        AssertRefused((await Grain.Count(new() { Query = request.Query, After = next })).Refusal, "after");
    }

    [Fact]
    public async Task QuestionThatIsNotWellFormed_FromAClientThatDoesNotAsk_IsRefusedByItsFields()
    {
        AssertRefused((await Grain.List(new() { Limit = 0 })).Refusal, "limit");
        AssertRefused((await Grain.List(new() { Limit = 1001, Order = (SessionOrder)77 })).Refusal, "order", "limit");
        AssertRefused((await Grain.Count(new() { Query = new() { Text = "x", Statuses = [(SessionStatus)99] } })).Refusal, "statuses[0]", "text");
    }

    [Fact]
    public async Task SessionThatHasEnded_HistoryRead_IsWhole()
    {
        var handle = await OpenAsync("search-history");
        await handle.PauseAsync(new() { Reason = "lunch" });
        await handle.CloseAsync();

        var history = await Sessions.Get(handle.Id).GetHistoryAsync().ToListAsync();

        Assert.Equal(
            [
                SessionEventType.SessionCreated, SessionEventType.SessionActivated, SessionEventType.SessionPaused,
                SessionEventType.SessionClosing, SessionEventType.SessionClosed,
            ],
            history.Select(e => e.Type));
        Assert.Equal("lunch", history[2].Cause.Reason);
        Assert.Equal(history[3..], await Sessions.Get(handle.Id).GetHistoryAsync(afterSequence: 3).ToListAsync());
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Sessions.Get(SessionId.New()).GetHistoryAsync().ToListAsync().AsTask());
    }

    private static void AssertRefused(SessionError? refusal, params string[] fields)
    {
        Assert.Equal(SessionErrorCode.InvalidConfiguration, refusal?.Code);
        Assert.Equal(fields, refusal!.Faults.Select(fault => fault.Field));
    }

    private async Task<SessionHandle> OpenAsync(string within)
    {
        var handle = await Sessions.CreateAsync(new() { Namespace = SessionNamespace.Parse(within), Creator = Alice });
        await handle.ActivateAsync();
        return handle;
    }
}
