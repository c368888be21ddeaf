using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Storage.Postgres;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Tests;

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

    protected override async Task<ISessionStore> OpenAsync(int scan) =>
        await OpenAsync(scan, await (await PostgresServer.Shared).CreateDatabaseAsync());

    private async Task<PostgresSessionStore> OpenAsync(int scan, string connectionString)
    {
        var source = SessionsDataSource.Create(connectionString);
        var store = new PostgresSessionStore(
            source, new PostgresStoreOptions(), TimeProvider.System, NullLogger<PostgresSessionStore>.Instance)
        {
            PageScan = scan,
            CountScan = scan,
        };
        opened.AddRange([source, store]);
        await store.InitializeAsync(default);
        return store;
    }
}
