using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Sessions.Storage;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Benchmarks;

/// <summary>Active sessions that are in the store and in no node's memory.</summary>
internal static class SeededSessions
{
    private const int AtOnce = 1000;

    /// <summary>The id of the session with a number. Any digits are a session's id; those here are spread, as drawn ones are.</summary>
    public static SessionId Id(int number) =>
        SessionId.Parse(string.Create(CultureInfo.InvariantCulture, $"s-{(ulong)(number + 1) * 11_400_714_819_323_198_485:d26}"));

    /// <summary>Stores those with the numbers from 0 on, as a node does: two saves each, with their events.</summary>
    public static async Task StoreAsync(string connectionString, int count)
    {
        await using var source = SessionsDataSource.Create(connectionString);
        await using var store = new PostgresSessionStore(
            source, new PostgresStoreOptions(), TimeProvider.System, NullLogger<PostgresSessionStore>.Instance);
        await store.InitializeAsync(CancellationToken.None);
        foreach (var numbers in Enumerable.Range(0, count).Chunk(AtOnce))
        {
            await Task.WhenAll(numbers.Select(number => StoreAsync(store, Id(number))));
        }
    }

    private static async Task StoreAsync(PostgresSessionStore store, SessionId id)
    {
        var create = SessionRecords.Create(id, "bench", "bench", at: TimeProvider.System.GetUtcNow());
        var activate = SessionRecords.Next(create.Record, new ActivateSession { Actor = create.Record.Creator });
        foreach (var save in (SessionSave[])[create, activate])
        {
            if (await store.SaveAsync(save, CancellationToken.None) != SaveOutcome.Saved)
            {
                throw new InvalidOperationException($"Session {id} was not stored.");
            }
        }
    }
}
