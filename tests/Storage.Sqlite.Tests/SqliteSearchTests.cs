using Sessions.Grains.Storage;
using Sessions.Storage.Behaviour;
using Sessions.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

public sealed class SqliteSearchTests : SearchBehaviour, IAsyncLifetime
{
    private readonly List<(StoreFolder Folder, SqliteDatabase Database)> opened = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var (folder, database) in opened)
        {
            await database.DisposeAsync();
            folder.Dispose();
        }
    }

    internal override async Task<SessionStorage> OpenAsync(int scan)
    {
        var folder = new StoreFolder();
        var database = await folder.OpenAsync();
        opened.Add((folder, database));
        return database.CreateStorage(scan);
    }
}
