using System.Text;
using Sessions.Core;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Files;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Tests.Support;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>The schema of a file, and how it comes to the next one.</summary>
public sealed class MigrationTests : IDisposable
{
    private static readonly Migration Later = new(Migrations.All.Count + 1, "later", "CREATE TABLE later (x INTEGER); INSERT INTO later VALUES (7)");

    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    // A step that files have applied must never change: they would be refused. Whoever changes one here changes what they have.
    [Fact]
    public void Steps_OfThisBuild_AreThoseThatFilesHave() =>
        Assert.Equal(
        [
            "0001_sessions c8fb1cc3dc69c318d8f0af5350e77c5819383279cbcc56a49a067dce84b0a380",
            "0002_answers 72eb8d4dd4b6546ee43f410b50c832aac2c382a7e4264c9543773b45301bf6ee",
            "0003_compact 90a654957f1c11a21471442bbd7c294e7441edf4039938aa0de39111d2a3f729",
            "0004_settings a0a1b6103425468b9e71ab4cb2212f36e8612c7bff6cb2a92f1e5b7b001db9a9",
            "0005_probe 3c48db269aeb968b801f0e2fd0cd2d47cb2e5642a6f1e604a804d87d49404e1d",
            "0006_parent 231f10a7341970adf3a04ff3da51c649668011a2975ff3346b44dc808ab61f2b",
        ],
        Migrations.All.Select(step => $"{step} {step.Checksum}"));

    [Fact]
    public async Task NewFile_Opened_IsOursAndHasEveryStep()
    {
        await using var database = await folder.OpenAsync();

        Assert.Equal(StoreFile.ApplicationId, await ScalarAsync(database, "PRAGMA application_id"));
        Assert.Equal(Migrations.All.Count, await ScalarAsync(database, "SELECT count(*) FROM migration"));
    }

    [Fact]
    public async Task FileOfAnOlderBuild_Opened_IsBroughtUpToDateWithItsData()
    {
        var save = SessionRecords.Create();
        await using (var older = await folder.OpenAsync())
        {
            await older.Storage.Sessions.SaveAsync(save, default);
        }

        await using var newer = folder.New(migrations: [.. Migrations.All, Later]);
        await newer.OpenAsync(default);

        Assert.Equal(7, await ScalarAsync(newer, "SELECT x FROM later"));
        Assert.Equal(1, (await newer.Storage.Sessions.ReadAsync(save.Record.Id, default))!.Version);
    }

    [Fact]
    public async Task FileOfTheBuildBefore_OpenedAndChanged_HasItsSessionsInBothForms()
    {
        var (old, changed) = (SessionRecords.Create(), SessionRecords.Create());
        await using (var older = folder.New(migrations: [.. Migrations.All.Take(2)]))
        {
            await older.OpenAsync(default);
            await older.Storage.Sessions.SaveAsync(old, default);
            await older.Storage.Sessions.SaveAsync(changed, default);
            foreach (var record in (SessionRecord[])[old.Record, changed.Record])
            {
                await older.WriteAsync(
                    session => session.Use("UPDATE session SET body = ?2 WHERE id = ?1")
                        .Bind(1, SaveRow.IdOf(record.Id)).Bind(2, Encoding.UTF8.GetBytes(StoredRecord.Write(record))).Run(),
                    default);
            }
        }

        await using var database = await folder.OpenAsync();
        var next = SessionRecords.Next(changed.Record, new ActivateSession { Actor = Principal.Parse("alice") });
        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(next, default));

        foreach (var record in (SessionRecord[])[old.Record, next.Record])
        {
            Assert.Equal(StoredRecord.Write(record), StoredRecord.Write((await database.Storage.Sessions.ReadAsync(record.Id, default))!));
        }

        Assert.Equal(1, await ScalarAsync(database, "SELECT count(*) FROM session WHERE CAST(body AS TEXT) LIKE '%\"requestedAt\":\"2026-%'"));
        Assert.Equal(1, await ScalarAsync(database, "SELECT count(*) FROM session WHERE CAST(body AS TEXT) LIKE '%\"requestedAt\":17%'"));
    }

    [Fact]
    public async Task StepFails_HalfWay_IsUndoneAndTheFileStaysAsItWas()
    {
        await using (await folder.OpenAsync())
        {
            // A file of this build.
        }

        var broken = Later with { Sql = Later.Sql + "; INSERT INTO missing VALUES (1)" };
        await using (var newer = folder.New(migrations: [.. Migrations.All, broken]))
        {
            await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => newer.OpenAsync(default));
        }

        await using var database = await folder.OpenAsync();
        Assert.Equal(0, await ScalarAsync(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'later'"));
    }

    private static ValueTask<long?> ScalarAsync(SqliteDatabase database, string sql) =>
        database.ReadAsync(connection => connection.Scalar(sql), default);
}
