using Sessions.Storage.Postgres;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Tests;

[NeedsPostgres]
public sealed class PostgresSessionStoreTests(PostgresDatabase database) : SessionStoreBehaviour, IClassFixture<PostgresDatabase>
{
    private readonly List<PostgresSessionStore> opened = [];

    protected override async Task<ISessionStore> OpenAsync()
    {
        var store = database.Open().OpenStore();
        opened.Add(store);
        await store.InitializeAsync(default);
        return store;
    }

    public override async Task DisposeAsync()
    {
        foreach (var store in opened)
        {
            await store.DisposeAsync();
        }
    }
}
