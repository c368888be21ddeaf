using Npgsql;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

public sealed class UnreadableRecordTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    [PostgresFact]
    public async Task BodyThatNobodyCanRead_ReadTogetherWithOthers_FailsAlone()
    {
        await using var source = SessionsDataSource.Create(database.ConnectionString);
        await using var store = source.OpenStore();
        await store.Sessions.InitializeAsync(default);
        var saves = Enumerable.Range(0, 20).Select(_ => SessionRecords.Create()).ToArray();
        await Task.WhenAll(saves.Select(save => store.Sessions.SaveAsync(save, default).AsTask()));
        var spoilt = saves[7].Record.Id;
        await using (var command = source.CreateCommand("UPDATE sessions.session SET body = '{\"status\": \"Sleeping\"}' WHERE id = $1"))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = spoilt.ToString() });
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        var reads = saves.ToDictionary(save => save.Record.Id, save => store.Sessions.ReadAsync(save.Record.Id, default).AsTask());

        await Assert.ThrowsAsync<StoreUnavailableException>(() => reads[spoilt]);
        foreach (var (id, read) in reads.Where(read => read.Key != spoilt))
        {
            Assert.Equal(id, (await read)!.Id);
        }
    }
}
