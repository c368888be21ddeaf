using Sessions.Core;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.GrainState;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Files;
using Sessions.Storage.Sqlite.Tests.Support;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>Files that cannot be used are refused in words, and left as they are.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task FileBeginsWithGarbage_Opened_IsRefusedAndLeftAsItIs()
    {
        await FillAsync(1);
        await OverwriteAsync(offset: 0, "this is no SQLite file"u8.ToArray());

        await AssertRefusedAsync(StoreFileProblem.Damaged, "does not begin like an SQLite file");
    }

    [Theory]
    [InlineData(0, "is empty")]
    [InlineData(50, "does not begin like an SQLite file")]
    [InlineData(3 * 4096, "malformed")]
    [InlineData((20 * 4096) + 100, "malformed")]
    public async Task FileIsTruncated_Opened_IsRefusedAndLeftAsItIs(int bytes, string says)
    {
        await FillAsync(200);
        await using (var file = new FileStream(folder.File, FileMode.Open))
        {
            file.SetLength(bytes);
        }

        await AssertRefusedAsync(StoreFileProblem.Damaged, says);
    }

    [Fact]
    public async Task FileIsMissingBesideItsLog_Opened_IsRefusedAndTheLogIsLeft()
    {
        await FillAsync(1);
        File.Move(folder.File, folder.File + "-wal");

        var refusal = await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync());

        Assert.Equal(StoreFileProblem.Damaged, refusal.Problem);
        Assert.False(File.Exists(folder.File));
        Assert.True(new FileInfo(folder.File + "-wal").Length > 0);
    }

    [Fact]
    public async Task PageIsDamaged_InTheMiddleOfTheFile_IsFoundAtTheStart()
    {
        await FillAsync(500);
        var pages = new FileInfo(folder.File).Length / StoreFile.PageSize;
        await OverwriteAsync(pages / 2 * StoreFile.PageSize, [.. Enumerable.Repeat((byte)0xA5, 64)]);

        await AssertRefusedAsync(StoreFileProblem.Damaged, "is damaged");
    }

    [Fact]
    public async Task PageIsDamaged_WithoutACheckAtTheStart_IsRefusedWhenItIsRead()
    {
        var saves = await FillAsync(500);
        var pages = new FileInfo(folder.File).Length / StoreFile.PageSize;

        // Behind the schema, which every connection reads first.
        for (var page = 50; page < pages; page++)
        {
            await OverwriteAsync(page * StoreFile.PageSize, [.. Enumerable.Repeat((byte)0xA5, 64)]);
        }

        await using var database = await folder.OpenAsync(options => options.StartCheck = TimeSpan.Zero);

        var refusal = await Assert.ThrowsAsync<StoreFileException>(async () =>
        {
            foreach (var save in saves)
            {
                await database.Storage.Sessions.ReadAsync(save.Record.Id, default);
            }
        });
        Assert.Equal(StoreFileProblem.Damaged, refusal.Problem);
    }

    [Fact]
    public async Task FileIsLarge_Opened_IsLookedThroughForABoundedTime()
    {
        await FillAsync(2000);
        var looks = 0;
        var clock = new CountingClock(() => looks++);
        await using var database = new SqliteDatabase(
            new SqliteStoreOptions { Path = folder.File, StartCheck = TimeSpan.FromMilliseconds(1) },
            clock,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<SqliteDatabase>.Instance);

        // The clock says that an hour has passed at every look: the check must end at the first one, and the file be open.
        await database.OpenAsync(default);

        Assert.InRange(looks, 2, 20);
        await database.Storage.Sessions.ProveWriteAsync(default);
    }

    [Fact]
    public async Task FileOfAnotherProgram_Opened_IsRefusedAndLeftAsItIs()
    {
        using (var other = SqliteConnection.Open(folder.File, SqliteAccess.Create))
        {
            other.Execute("PRAGMA journal_mode = wal; CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
        }

        await AssertRefusedAsync(StoreFileProblem.Foreign, "another program");
    }

    [Fact]
    public async Task FileOfANewerBuild_Opened_IsRefusedAndLeftAsItIs()
    {
        await FillAsync(3);
        using (var newer = folder.Connect())
        {
            newer.Execute("INSERT INTO migration VALUES (1000, 'later', 'x', 0)");
        }

        await AssertRefusedAsync(StoreFileProblem.Newer, "migration 1000 ('later')");
    }

    [Fact]
    public async Task FileOfAChangedBuild_Opened_IsRefusedAndLeftAsItIs()
    {
        await FillAsync(3);
        using (var changed = folder.Connect())
        {
            changed.Execute("UPDATE migration SET checksum = 'x' WHERE version = 1");
        }

        await AssertRefusedAsync(StoreFileProblem.Foreign, "is not the one of this build");
    }

    [Fact]
    public async Task FileIsMarkedReadOnly_Opened_IsRefusedAndLeftAsItIs()
    {
        await FillAsync(3);
        File.SetAttributes(folder.File, FileAttributes.ReadOnly);

        await AssertRefusedAsync(StoreFileProblem.NotWritable, "cannot be written to");
    }

    [Fact]
    public async Task FolderIsMarkedReadOnly_Opened_IsRefused()
    {
        var before = new DirectoryInfo(folder.Path).Attributes;
        File.SetAttributes(folder.Path, before | FileAttributes.ReadOnly);
        try
        {
            var refusal = await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync());
            Assert.Equal(StoreFileProblem.NotWritable, refusal.Problem);
            Assert.False(File.Exists(folder.File));
        }
        finally
        {
            File.SetAttributes(folder.Path, before);
        }
    }

    [Fact]
    public async Task FolderCannotBeCreated_Opened_IsRefused()
    {
        await File.WriteAllTextAsync(folder.File, "a file where the folder should be");

        var refusal = await Assert.ThrowsAsync<StoreFileException>(
            () => folder.OpenAsync(options => options.Path = Path.Combine(folder.File, "sessions.db")));

        Assert.Equal(StoreFileProblem.NotWritable, refusal.Problem);
    }

    [Fact]
    public async Task DraftWasLeftBehind_ByAProcessThatWasKilled_IsMadeAnew()
    {
        await File.WriteAllTextAsync(folder.File + ".new", "half a file");

        await using var database = await folder.OpenAsync();

        Assert.False(File.Exists(folder.File + ".new"));
        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default));
    }

    [Theory]
    [InlineData("Path", "")]
    [InlineData("MaxBatchSize", 0)]
    [InlineData("QueueCapacity", 1_000_001)]
    [InlineData("Readers", 65)]
    [InlineData("MaxFileBytes", 1000L)]
    public void OptionOutOfRange_StoreMade_SaysWhich(string option, object value)
    {
        var error = Assert.Throws<ArgumentException>(() => folder.New(options => typeof(SqliteStoreOptions).GetProperty(option)!.SetValue(options, value)));

        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }

    private async Task<List<SessionSave>> FillAsync(int sessions)
    {
        await using var database = await folder.OpenAsync();
        var saves = Enumerable.Range(0, sessions).Select(_ => SessionRecords.Create()).ToList();
        await Task.WhenAll(saves.Select(save => database.Storage.Sessions.SaveAsync(save, default).AsTask()));
        return saves;
    }

    private async Task OverwriteAsync(long offset, byte[] bytes)
    {
        await using var file = new FileStream(folder.File, FileMode.Open);
        file.Position = offset;
        await file.WriteAsync(bytes);
    }

    private async Task AssertRefusedAsync(StoreFileProblem problem, string says)
    {
        var before = folder.Read();

        var refusal = await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync());

        Assert.Equal((problem, folder.File), (refusal.Problem, refusal.Path));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(folder.File, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, folder.Read());

        // The lock is not kept by a store that did not open.
        var again = await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync());
        Assert.Equal(problem, again.Problem);
    }

    private sealed class CountingClock(Action look) : TimeProvider
    {
        private long hours;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp()
        {
            look();
            return 3600 * Interlocked.Increment(ref hours);
        }
    }
}
