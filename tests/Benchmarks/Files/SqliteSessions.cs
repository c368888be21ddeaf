using Microsoft.Extensions.Logging.Abstractions;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Files;

/// <summary>Sessions in a file that no node has open.</summary>
internal static class SqliteSessions
{
    private const int AtOnce = 1000;

    /// <summary>A store over the file, which is not opened yet.</summary>
    public static SqliteDatabase New(string file) =>
        new(new SqliteStoreOptions { Path = file }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);

    /// <summary>Stores new sessions as a node does, with their events, and closes the file with the whole log in it.</summary>
    /// <param name="file">The file; created if it is missing.</param>
    /// <param name="count">How many sessions.</param>
    /// <param name="activate">Whether they are active, after a second save with a second event each.</param>
    public static async Task StoreAsync(string file, int count, bool activate)
    {
        await using var database = New(file);
        await database.OpenAsync(CancellationToken.None);
        foreach (var some in Enumerable.Range(0, count).Chunk(AtOnce))
        {
            await Task.WhenAll(some.Select(_ => StoreOneAsync(database.Storage.Sessions, activate)));
        }
    }

    private static async Task StoreOneAsync(ISessionStore store, bool activate)
    {
        var create = SessionRecords.Create(@namespace: "bench", creator: "bench", at: TimeProvider.System.GetUtcNow());
        await SaveAsync(store, create);
        if (activate)
        {
            await SaveAsync(store, SessionRecords.Next(create.Record, new ActivateSession { Actor = create.Record.Creator }));
        }
    }

    private static async Task SaveAsync(ISessionStore store, SessionSave save)
    {
        if (await store.SaveAsync(save, CancellationToken.None) != SaveOutcome.Saved)
        {
            throw new InvalidOperationException($"Session {save.Record.Id} was not stored.");
        }
    }
}
