using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Migrations;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

public sealed class MigrationTests
{
    [PostgresFact]
    public async Task FourRunners_RunAtTheSameTime_ApplyEveryStepOnce()
    {
        var connectionString = await (await PostgresServer.Shared).CreateDatabaseAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var source = NpgsqlDataSource.Create(connectionString);
            await new MigrationRunner(source, NullLogger.Instance).RunAsync(default);
        })));

        await using var check = NpgsqlDataSource.Create(connectionString);
        Assert.Equal(MigrationRunner.All.Select(migration => migration.Version), await ReadVersionsAsync(check));
    }

    [PostgresFact]
    public async Task ChecksumDiffers_Run_IsRefused()
    {
        await using var source = await MigratedAsync();
        await ExecuteAsync(source, "UPDATE sessions.migration SET checksum = 'other' WHERE version = 2");

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => new MigrationRunner(source, NullLogger.Instance).RunAsync(default));

        Assert.Contains("migration 2", e.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task DatabaseIsNewer_Run_IsRefused()
    {
        await using var source = await MigratedAsync();
        await ExecuteAsync(source, "INSERT INTO sessions.migration (version, name, checksum) VALUES (99, 'future', 'x')");

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => new MigrationRunner(source, NullLogger.Instance).RunAsync(default));

        Assert.Contains("99 ('future')", e.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task StepFails_Run_KeepsTheStepsBeforeAndNothingOfTheFailed()
    {
        await using var source = await MigratedAsync();
        Migration[] more = [.. MigrationRunner.All, new(MigrationRunner.All.Count + 1, "broken", "CREATE TABLE sessions.half (id int); SELECT 1 / 0;")];

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => new MigrationRunner(source, NullLogger.Instance, more).RunAsync(default));

        Assert.Contains("broken", e.Message, StringComparison.Ordinal);
        Assert.Equal(MigrationRunner.All.Select(migration => migration.Version), await ReadVersionsAsync(source));
        await using var half = source.CreateCommand("SELECT to_regclass('sessions.half') IS NULL");
        Assert.True((bool)(await half.ExecuteScalarAsync())!);
    }

    [PostgresFact]
    public async Task RoleMayOnlyReadAndWrite_RunUponACurrentSchema_IsContent()
    {
        await using var source = await MigratedAsync();
        await ExecuteAsync(source, "CREATE ROLE modest LOGIN; GRANT USAGE ON SCHEMA sessions TO modest; GRANT SELECT ON sessions.migration TO modest");
        await using var modest = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(source.ConnectionString) { Username = "modest" }.ConnectionString);

        await new MigrationRunner(modest, NullLogger.Instance).RunAsync(default);
    }

    [Fact]
    public void LineEnds_OfAMigration_DoNotChangeItsChecksum() =>
        Assert.Equal(new Migration(1, "a", "x\ny").Checksum, new Migration(1, "a", "x\r\ny").Checksum);

    private static async Task<NpgsqlDataSource> MigratedAsync()
    {
        var source = NpgsqlDataSource.Create(await (await PostgresServer.Shared).CreateDatabaseAsync());
        await new MigrationRunner(source, NullLogger.Instance).RunAsync(default);
        return source;
    }

    private static async Task<List<int>> ReadVersionsAsync(NpgsqlDataSource source)
    {
        var versions = new List<int>();
        await using var command = source.CreateCommand("SELECT version FROM sessions.migration ORDER BY version");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            versions.Add(reader.GetInt32(0));
        }

        return versions;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
