using System.Collections.Immutable;

namespace Sessions.Client.Tests;

public class SearchTests
{
    private static readonly SessionQuery Acme = new() { Namespace = SessionNamespace.Parse("acme") };

    [Fact]
    public async Task Pages_that_are_short_or_empty_List_goes_on_to_the_end()
    {
        using var client = new TestClient(new ScriptedGrain());
        var sessions = Enumerable.Range(0, 3).Select(_ => new SessionSnapshot { Id = SessionId.New() }).ToList();
        client.SearchGrain.Pages.Enqueue(new() { Sessions = [sessions[0], sessions[1]], Next = "one" });
        client.SearchGrain.Pages.Enqueue(new() { Next = "two" });
        client.SearchGrain.Pages.Enqueue(new() { Sessions = [sessions[2]] });

        var listed = await client.Client.ListAsync(Acme, SessionOrder.EndsLast, pageSize: 2).ToListAsync();

        Assert.Equal(sessions, listed);
        Assert.Equal([null, "one", "two"], client.SearchGrain.Listed.Select(request => request.After));
        Assert.All(client.SearchGrain.Listed, request =>
            Assert.Equal((Acme, SessionOrder.EndsLast, 2), (request.Query, request.Order, request.Limit)));
    }

    [Fact]
    public async Task Count_in_parts_Is_their_sum()
    {
        using var client = new TestClient(new ScriptedGrain());
        client.SearchGrain.Counts.Enqueue(new() { ByStatus = Counts((SessionStatus.Active, 2), (SessionStatus.Closed, 1)), Next = "one" });
        client.SearchGrain.Counts.Enqueue(new() { ByStatus = Counts((SessionStatus.Active, 3)) });

        Assert.Equal(Counts((SessionStatus.Active, 5), (SessionStatus.Closed, 1)), await client.Client.CountAsync(Acme));
        Assert.Equal([null, "one"], client.SearchGrain.Counted.Select(request => request.After));
    }

    [Fact]
    public async Task Count_by_namespace_in_parts_Is_their_sum_for_each()
    {
        using var client = new TestClient(new ScriptedGrain());
        var (a, b) = (SessionNamespace.Parse("acme/a"), SessionNamespace.Parse("acme/b"));
        client.SearchGrain.Counts.Enqueue(new() { ByNamespace = [new(b, Counts((SessionStatus.Active, 1)))], Next = "one" });
        client.SearchGrain.Counts.Enqueue(new()
        {
            ByNamespace = [new(a, Counts((SessionStatus.Active, 2))), new(b, Counts((SessionStatus.Closed, 3)))],
        });

        var counts = await client.Client.CountByNamespaceAsync(Acme);

        Assert.Equal([a, b], counts.Select(count => count.Namespace));
        Assert.Equal(Counts((SessionStatus.Active, 1), (SessionStatus.Closed, 3)), counts[1].ByStatus);
        Assert.All(client.SearchGrain.Counted, request => Assert.True(request.ByNamespace));
    }

    [Fact]
    public async Task Question_that_is_not_well_formed_Is_refused_before_it_is_sent()
    {
        using var client = new TestClient(new ScriptedGrain());

        var refused = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => client.Client.ListPageAsync(new() { Query = Acme with { Text = "x" }, Limit = 0, Order = (SessionOrder)9 }));
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => client.Client.CountAsync(Acme with { Creator = default(Principal) }));

        Assert.Equal(["text", "order", "limit"], refused.Faults.Select(fault => fault.Field));
        Assert.Empty(client.SearchGrain.Listed);
        Assert.Empty(client.SearchGrain.Counted);
    }

    private static ImmutableSortedDictionary<SessionStatus, long> Counts(params (SessionStatus Status, long Count)[] counts) =>
        counts.ToImmutableSortedDictionary(count => count.Status, count => count.Count);
}
