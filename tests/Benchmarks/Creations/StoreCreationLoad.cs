using System.Globalization;
using Npgsql;
using Sessions.Benchmarks.Workers;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Creations;

/// <summary>Decides upon new sessions and gives them to the store in its own process: no client, no grain, no streams.</summary>
internal sealed class StoreCreationLoad : IWorker
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    private readonly NpgsqlDataSource source;
    private readonly PostgresStorage store;

    public StoreCreationLoad(string database)
    {
        source = SessionsDataSource.Create(database);
        store = source.OpenStore();
    }

    /// <summary>The turn with so many callers.</summary>
    public static string Turn(int callers) => callers.ToString(CultureInfo.InvariantCulture);

    public Task StartAsync() => store.Sessions.InitializeAsync(CancellationToken.None);

    public Task<TurnResult> TurnAsync(string turn) =>
        CallLoop.RunAsync(int.Parse(turn, CultureInfo.InvariantCulture), Duration, async _ =>
        {
            var save = SessionRecords.Create(@namespace: "bench", creator: "bench", at: TimeProvider.System.GetUtcNow());
            if (await store.Sessions.SaveAsync(save, CancellationToken.None) != SaveOutcome.Saved)
            {
                throw new InvalidOperationException($"Session {save.Record.Id} was not stored.");
            }
        });

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await source.DisposeAsync();
    }
}
