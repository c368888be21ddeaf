using Npgsql;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>The four queries behind Orleans' ADO.NET grain storage.</summary>
public sealed class OrleansGrainStateQueryTests(OrleansQueries queries) : IClassFixture<OrleansQueries>
{
    private static readonly byte[] Payload = [1, 2, 3];

    private int keys;

    [PostgresTheory]
    [InlineData(null)]
    [InlineData("extension")]
    public async Task TwoFirstWrites_Race_ExactlyOneWins(string? extension)
    {
        for (var round = 0; round < 100; round++)
        {
            var key = NextKey();
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var writes = Enumerable.Range(0, 2).Select(async _ =>
            {
                await start.Task;
                return await WriteAsync(key, null, extension);
            }).ToList();

            start.SetResult();

            Assert.Single(await Task.WhenAll(writes), written => written is 1);
            Assert.Equal(1, await CountRowsAsync(key));
        }
    }

    [PostgresFact]
    public async Task FirstWriteUponAnUncommittedOne_Write_WaitsAndLoses()
    {
        var key = NextKey();
        await using var connection = await queries.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.Equal(1, await queries.RunAsync(connection, "WriteToStorageKey", Parameters(key, null, null)));
        var second = WriteAsync(key, null);
        await using var blocked = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)))", connection);
        await Eventually.TrueAsync(async () => await blocked.ExecuteScalarAsync() is true, "the second write waits");

        await transaction.CommitAsync();

        Assert.Null(await second);
    }

    [PostgresFact]
    public async Task TwoUpdatesOfOneVersion_Race_ExactlyOneWins()
    {
        var key = NextKey();
        Assert.Equal(1, await WriteAsync(key, null));

        for (var version = 1; version <= 100; version++)
        {
            var written = await Task.WhenAll(WriteAsync(key, version), WriteAsync(key, version));

            Assert.Equal([null, version + 1], written.Order());
        }
    }

    [PostgresFact]
    public async Task StaleVersion_WriteOrClearOrDelete_ChangesNothing()
    {
        var key = NextKey();
        await WriteAsync(key, null);
        await WriteAsync(key, 1);

        Assert.Null(await WriteAsync(key, null));
        Assert.Null(await WriteAsync(key, 1));
        Assert.Null(await RunAsync("ClearStorageKey", key, 1));
        Assert.Null(await RunAsync("DeleteStorageKey", key, 1));
        Assert.Null(await RunAsync("ClearStorageKey", key, null));
        Assert.Null(await RunAsync("DeleteStorageKey", key, null));

        Assert.Equal(Payload, await ReadPayloadAsync(key));
        Assert.Equal(3, await WriteAsync(key, 2));
    }

    [PostgresFact]
    public async Task UpdateOfWhatIsNotThere_Write_IsRefused()
    {
        var key = NextKey();

        Assert.Null(await WriteAsync(key, 1));

        Assert.Equal(0, await CountRowsAsync(key));
    }

    [PostgresFact]
    public async Task Cleared_Read_IsEmptyAndGoesOnCounting()
    {
        var key = NextKey();
        await WriteAsync(key, null);

        Assert.Equal(2, await RunAsync("ClearStorageKey", key, 1));

        Assert.IsType<DBNull>(await ReadPayloadAsync(key));
        Assert.Null(await WriteAsync(key, null));
        Assert.Equal(3, await WriteAsync(key, 2));
    }

    [PostgresFact]
    public async Task Deleted_Read_FindsNothing()
    {
        var key = NextKey();
        await WriteAsync(key, null);

        Assert.Equal(2, await RunAsync("DeleteStorageKey", key, 1));

        Assert.Equal(0, await CountRowsAsync(key));
        Assert.Null(await WriteAsync(key, 1));
        Assert.Equal(1, await WriteAsync(key, null));
    }

    [PostgresFact]
    public async Task SameHashesOfOtherIdentities_Write_AreRowsOfTheirOwn()
    {
        var key = NextKey();

        Assert.Equal(1, await WriteAsync(key, null));
        Assert.Equal(1, await WriteAsync(key, null, "x"));
        Assert.Equal(1, await WriteAsync(key, null, ""));

        Assert.Equal(3, await CountRowsAsync(key));
    }

    private static (string, object?)[] Parameters(int key, int? version, string? extension) =>
    [
        ("GrainIdHash", key),
        ("GrainIdN0", (long)key),
        ("GrainIdN1", 0L),
        ("GrainTypeHash", 7),
        ("GrainTypeString", "a type"),
        ("GrainIdExtensionString", extension),
        ("ServiceId", "a service"),
        ("GrainStateVersion", version),
        ("PayloadBinary", Payload),
    ];

    // Every test has an instance and a hash of its own; keys of one test differ by counting on.
    private int NextKey() => GetHashCode() + (++keys * 1_000_003);

    private async Task<int?> WriteAsync(int key, int? version, string? extension = null) =>
        (int?)await queries.RunAsync("WriteToStorageKey", Parameters(key, version, extension));

    private async Task<object?> RunAsync(string query, int key, int? version) =>
        await queries.RunAsync(query, Parameters(key, version, null)[..8]);

    private async Task<object?> ReadPayloadAsync(int key) => await queries.RunAsync("ReadFromStorageKey", Parameters(key, null, null)[..7]);

    private async Task<int> CountRowsAsync(int key)
    {
        await using var command = queries.Source.CreateCommand($"SELECT count(*)::int FROM OrleansGrainState WHERE GrainIdHash = {key}");
        return (int)(await command.ExecuteScalarAsync())!;
    }
}
