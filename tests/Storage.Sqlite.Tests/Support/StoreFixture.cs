using Xunit;

namespace Sessions.Storage.Sqlite.Tests.Support;

/// <summary>A store that the tests of one class share.</summary>
public sealed class StoreFixture : IAsyncLifetime, IDisposable
{
    private readonly StoreFolder folder = new();

    internal SqliteDatabase Database { get; private set; } = null!;

    public async Task InitializeAsync() => Database = await folder.OpenAsync();

    public async Task DisposeAsync() => await Database.DisposeAsync();

    public void Dispose() => folder.Dispose();
}
