using System.Globalization;
using Sessions.Benchmarks.Files;
using Sessions.Benchmarks.Workers;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Creations;

/// <summary>Decides upon new sessions and gives them to the store in its own process: no client, no grain, no streams.</summary>
internal sealed class StoreCreationLoad : IWorker
{
    private readonly ISessionStore store;
    private readonly IAsyncDisposable[] owned;

    /// <param name="store">Where the sessions go.</param>
    /// <param name="owned">What the load disposes of at its end, in this order.</param>
    private StoreCreationLoad(ISessionStore store, params IAsyncDisposable[] owned) => (this.store, this.owned) = (store, owned);

    public static StoreCreationLoad OnPostgres(string database)
    {
        var source = SessionsDataSource.Create(database);
        var storage = source.OpenStore();
        return new StoreCreationLoad(storage.Sessions, storage, source);
    }

    public static StoreCreationLoad OnSqlite(string file)
    {
        var database = SqliteSessions.New(file);
        return new StoreCreationLoad(database.Storage.Sessions, database);
    }

    /// <summary>The turn with so many callers.</summary>
    public static string Turn(int callers) => callers.ToString(CultureInfo.InvariantCulture);

    public Task StartAsync() => store.InitializeAsync(CancellationToken.None);

    public Task<TurnResult> TurnAsync(string turn) => CreationLoad.RunAsync(turn, async () =>
    {
        var save = SessionRecords.Create(@namespace: "bench", creator: "bench", at: TimeProvider.System.GetUtcNow());
        if (await store.SaveAsync(save, CancellationToken.None) != SaveOutcome.Saved)
        {
            throw new InvalidOperationException($"Session {save.Record.Id} was not stored.");
        }
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var one in owned)
        {
            await one.DisposeAsync();
        }
    }
}
