using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Grains.Storage;
using Sessions.Storage.Behaviour;
using Sessions.Storage.Postgres.Search;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

[NeedsPostgres]
public sealed class PostgresSearchTests : SearchBehaviour, IAsyncLifetime
{
    private readonly List<IAsyncDisposable> opened = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var one in opened.AsEnumerable().Reverse())
        {
            await one.DisposeAsync();
        }
    }

    // Named after what it reproduces: the planner took the sessions of a template for few, and read and sorted all of them for each page.
    [PostgresTheory]
    [InlineData("all")]
    [InlineData("namespace")]
    [InlineData("creator")]
    [InlineData("template")]
    [InlineData("label")]
    [InlineData("open")]
    public async Task OneHasMostSessions_FirstPageOfIts_ReadsFewMoreThanItShows(string kind)
    {
        const int limit = 10;
        var connectionString = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await FillAsync(await OpenAsync(2000, connectionString), connectionString);
        var of = new SessionQuery();
        var (query, order) = kind switch
        {
            "namespace" => (of with { Namespace = SessionNamespace.Parse("of/most") }, SessionOrder.NewestFirst),
            "creator" => (of with { Creator = Principal.Parse("most") }, SessionOrder.NewestFirst),
            "template" => (of with { Template = TemplateReference.Parse("most") }, SessionOrder.OldestFirst),
            "label" => (of with { Labels = of.Labels.Add("of", "most") }, SessionOrder.NewestFirst),
            "open" => (of with { Namespace = SessionNamespace.Parse("of/most"), Statuses = [SessionStatus.Created] }, SessionOrder.EndsFirst),
            _ => (of, SessionOrder.OldestFirst),
        };

        await using var statistics = NpgsqlDataSource.Create(connectionString);
        await using var source = SessionsDataSource.Create(connectionString);
        await using var store = source.OpenStore();
        var before = await ReadRowsAsync();
        var page = await store.Search.SearchAsync(query, order, null, limit, default);

        // A connection leaves what it counted when it ends, and not at once.
        await source.DisposeAsync();
        await Eventually.TrueAsync(async () => await ReadRowsAsync() > before, "what was read is counted");
        Assert.Equal(limit, page.Sessions.Length);
        Assert.NotNull(page.Next);

        // From the index and from the table, some to find the namespaces, and one more than is shown.
        Assert.InRange(await ReadRowsAsync() - before, limit, 5 * (limit + 1));

        async Task<long> ReadRowsAsync()
        {
            await using var command = statistics.CreateCommand(
                "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname IN ('session', 'session_label')");
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }

    internal override async Task<SessionStorage> OpenAsync(int scan) =>
        await OpenAsync(scan, await (await PostgresServer.Shared).CreateDatabaseAsync());

    private async Task<PostgresStorage> OpenAsync(int scan, string connectionString)
    {
        var source = SessionsDataSource.Create(connectionString);
        var store = source.OpenStore();
        store = store with { Search = new PostgresSessionSearch(store.Database) { PageScan = scan, CountScan = scan } };
        opened.AddRange([source, store]);
        await store.Sessions.InitializeAsync(default);
        return store;
    }

    /// <summary>Half of the sessions are alike in all they can be searched by; of the others, no two are.</summary>
    private static async Task FillAsync(PostgresStorage store, string connectionString)
    {
        var one = SessionRecords.Create();
        await store.Sessions.SaveAsync(one, default);
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(
            """
            INSERT INTO sessions.session (id, namespace, creator, status, version, template, requested_at, ends_at, body)
            SELECT 's-' || lpad(n::text, 26, '0'), 'of/' || who, who, status, version, who || '@1',
                requested_at + n * interval '1 second', ends_at + n * interval '1 second', body
            FROM sessions.session CROSS JOIN generate_series(1, 8000) AS n
            CROSS JOIN LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 'most' ELSE 'x-' || n END AS who) AS one;
            INSERT INTO sessions.session_label (session_id, label, requested_at, folded)
            SELECT id, 'of=' || creator, requested_at, E'OF\n' || upper(creator) FROM sessions.session;
            ANALYZE sessions.session, sessions.session_label
            """);
        await command.ExecuteNonQueryAsync();
    }
}
