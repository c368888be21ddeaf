using System.Globalization;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Idle;

/// <summary>Sessions that are in the store and in no node's memory.</summary>
internal static class SeededSessions
{
    private const int AtOnce = 1000;

    /// <summary>The id of the session with a number. Any digits are a session's id; those here are spread, as drawn ones are.</summary>
    public static SessionId Id(int number) =>
        SessionId.Parse(string.Create(CultureInfo.InvariantCulture, $"s-{(ulong)(number + 1) * 11_400_714_819_323_198_485:d26}"));

    /// <summary>Stores those with the numbers from 0 on, as a node does, with their events.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="count">How many.</param>
    /// <param name="activate">Whether they are active, after a second save each.</param>
    public static async Task StoreAsync(string connectionString, int count, bool activate = true)
    {
        await using var source = SessionsDataSource.Create(connectionString);
        await using var store = source.OpenStore();
        await store.Sessions.InitializeAsync(CancellationToken.None);
        foreach (var numbers in Enumerable.Range(0, count).Chunk(AtOnce))
        {
            await Task.WhenAll(numbers.Select(number => StoreAsync(store, Id(number), activate)));
        }
    }

    private static async Task StoreAsync(PostgresStorage store, SessionId id, bool activate)
    {
        var create = SessionRecords.Create(id, "bench", "bench", at: TimeProvider.System.GetUtcNow());
        SessionSave[] saves = activate ? [create, SessionRecords.Next(create.Record, new ActivateSession { Actor = create.Record.Creator })] : [create];
        foreach (var save in saves)
        {
            if (await store.Sessions.SaveAsync(save, CancellationToken.None) != SaveOutcome.Saved)
            {
                throw new InvalidOperationException($"Session {id} was not stored.");
            }
        }
    }
}
