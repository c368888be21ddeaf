using System.Diagnostics;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.GrainState;
using Sessions.Storage.Sqlite.Tests.Support;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>A disk that fills up while a store is open, and has space again.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task FileReachesItsMaximum_SavesGoOn_AreRefusedUntilThereIsSpace()
    {
        await using var database = await folder.OpenAsync(options => options.MaxFileBytes = 1 << 20);

        await FillUpAsync(
            database,
            () => database.WriteAsync(session => session.Connection.Scalar("PRAGMA max_page_count = 100000"), default).AsTask());
    }

    /// <summary>On a small file system in memory where this process may mount one; else on a file of a limited size, as above.</summary>
    [Fact]
    public async Task DiskIsFull_SavesGoOn_AreRefusedUntilThereIsSpace()
    {
        var mount = Path.Combine(folder.Path, "small");
        Directory.CreateDirectory(mount);
        var isMounted = Run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount);
        try
        {
            await using var database = await folder.OpenAsync(options =>
            {
                options.Path = Path.Combine(mount, "sessions.db");
                options.MaxFileBytes = isMounted ? null : 1 << 20;
            });
            await FillUpAsync(
                database,
                isMounted
                    ? () => GrowAsync(mount)
                    : () => database.WriteAsync(session => session.Connection.Scalar("PRAGMA max_page_count = 100000"), default).AsTask());
        }
        finally
        {
            if (isMounted)
            {
                Assert.True(Run("umount", mount));
            }
        }
    }

    [Fact]
    public async Task DiskIsFullAtTheStart_Opened_IsRefusedAndOpensWhenThereIsSpace()
    {
        var mount = Path.Combine(folder.Path, "small");
        Directory.CreateDirectory(mount);
        var isMounted = Run("mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", mount);
        var path = Path.Combine(mount, "sessions.db");
        try
        {
            if (isMounted)
            {
                var refusal = await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync(options => options.Path = path));
                Assert.Equal(StoreFileProblem.Full, refusal.Problem);
                Assert.False(File.Exists(path));
                await GrowAsync(mount);
            }

            await using var database = await folder.OpenAsync(options => options.Path = path);
            Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default));
        }
        finally
        {
            if (isMounted)
            {
                Assert.True(Run("umount", mount));
            }
        }
    }

    private static async Task FillUpAsync(SqliteDatabase database, Func<Task> makeSpace)
    {
        var saved = new List<SessionSave>();
        StoreFileException? refusal = null;
        while (refusal is null)
        {
            var saves = Enumerable.Range(0, 20).Select(_ => SessionRecords.Create()).ToList();
            foreach (var (save, answer) in saves.Select(save => (save, Task: database.Storage.Sessions.SaveAsync(save, default).AsTask())).ToList())
            {
                try
                {
                    Assert.Equal(SaveOutcome.Saved, await answer);
                    saved.Add(save);
                }
                catch (StoreFileException e)
                {
                    refusal = e;
                    Assert.Null(await database.Storage.Sessions.ReadAsync(save.Record.Id, default));
                }
            }

            Assert.True(saved.Count < 50_000, "the disk does not fill up");
        }

        Assert.Equal(StoreFileProblem.Full, refusal.Problem);
        Assert.Contains("no space", refusal.Message, StringComparison.Ordinal);
        var late = SessionRecords.Create();
        await Assert.ThrowsAsync<StoreFileException>(() => SaveManyAsync(database));
        await makeSpace();

        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(late, default));
        foreach (var save in saved.Append(late))
        {
            Assert.Equal(1, (await database.Storage.Sessions.ReadAsync(save.Record.Id, default))!.Version);
        }

        Assert.Equal("ok", await database.ReadAsync(
            connection =>
            {
                using var check = connection.Prepare("PRAGMA integrity_check");
                return check.Step() ? check.Text(0) : "";
            },
            default));
    }

    /// <summary>More than the last free page can take.</summary>
    private static async Task SaveManyAsync(SqliteDatabase database)
    {
        for (var n = 0; n < 100; n++)
        {
            await database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default);
        }
    }

    private static Task GrowAsync(string mount)
    {
        Assert.True(Run("mount", "-o", "remount,size=64m", mount));
        return Task.CompletedTask;
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no such program here.
            return false;
        }
    }
}
