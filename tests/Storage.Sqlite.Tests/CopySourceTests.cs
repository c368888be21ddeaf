using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Copy;
using Sessions.Storage.Sqlite.Copy;
using Sessions.Storage.Sqlite.Files;
using Sessions.Storage.Sqlite.Tests.Support;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>A file read as a whole, to be copied.</summary>
public sealed class CopySourceTests : IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task NodeHasTheFile_OpenedForACopy_IsRefusedWithWhoHasIt()
    {
        await using var database = await folder.OpenAsync();

        var refusal = Assert.Throws<StoreFileException>(Open);

        Assert.Equal(StoreFileProblem.InUse, refusal.Problem);
        Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CopyHasTheFile_NodeOpensIt_IsRefusedUntilTheCopyIsDone()
    {
        await using (await folder.OpenAsync())
        {
            // A file with nothing in it but its schema.
        }

        using (Open())
        {
            Assert.Equal(StoreFileProblem.InUse, (await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync())).Problem);
        }

        await using var again = await folder.OpenAsync();
        await again.Storage.Sessions.ProveWriteAsync(default);
    }

    [Fact]
    public async Task NodeWasKilled_FileReadForACopy_HasWhatItsLogHasAndBothStayAsTheyAre()
    {
        using var killed = WriterProcess.Start(folder.File, "hold");
        await killed.GoAsync();
        Assert.Equal("open", await killed.ReadLineAsync());
        await killed.KillAsync();
        byte[] whole, log;
        using (var connection = folder.Connect())
        {
            // A log that no checkpoint has taken into the file.
            connection.KeepLogOnClose();
            connection.Execute("INSERT INTO live_limit (namespace, maximum, live) VALUES ('acme', 5, 3)");
            (whole, log) = (folder.Read(), ReadShared(folder.File + "-wal"));
        }

        Assert.NotEmpty(log);
        using (var source = Open())
        {
            Assert.Equal([new CopiedLimit("acme", 5, 3)], source.ReadLimits());
        }

        Assert.Equal(whole, folder.Read());
        Assert.Equal(log, ReadShared(folder.File + "-wal"));
    }

    [Fact]
    public async Task FileIsOfAnEarlierBuild_OpenedForACopy_IsRefusedAndLeftAsItIs()
    {
        await using (await folder.OpenAsync())
        {
            // The schema of this build.
        }

        var before = folder.Read();
        Migration[] later = [.. Migrations.All, new Migration(Migrations.All.Count + 1, "later", "CREATE TABLE later (n INTEGER) STRICT")];

        var refusal = Assert.Throws<StoreFileException>(() => SqliteCopySource.Open(folder.File, TimeProvider.System, later));

        Assert.Equal(StoreFileProblem.Older, refusal.Problem);
        Assert.Contains("later", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, folder.Read());
    }

    [Fact]
    public async Task FileIsOfANewerBuild_OpenedForACopy_IsRefused()
    {
        Migration[] later = [.. Migrations.All, new Migration(Migrations.All.Count + 1, "later", "CREATE TABLE later (n INTEGER) STRICT")];
        await using (var newer = folder.New(migrations: later))
        {
            await newer.OpenAsync(default);
        }

        Assert.Equal(StoreFileProblem.Newer, Assert.Throws<StoreFileException>(Open).Problem);
    }

    [Fact]
    public async Task RowCannotBeRead_Copied_IsRefusedWithTheFile()
    {
        await using (var database = await folder.OpenAsync())
        {
            Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default));
        }

        using (var connection = folder.Connect())
        {
            connection.Execute("UPDATE event SET type = 12345");
        }

        using var source = Open();

        Assert.Contains(folder.File, Assert.Throws<StoreUnavailableException>(() => source.ReadEvents().Count()).Message, StringComparison.Ordinal);
        Assert.Single(source.ReadSessions());
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private SqliteCopySource Open() => SqliteCopySource.Open(folder.File, TimeProvider.System);
}
