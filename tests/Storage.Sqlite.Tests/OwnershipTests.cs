using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Tests.Support;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>One process at a time has a file.</summary>
public sealed class OwnershipTests : IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task FileIsInUse_OpenedAgain_IsRefusedWithWhoHasIt()
    {
        await using var database = await folder.OpenAsync();

        var refusal = await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync());

        Assert.Equal((StoreFileProblem.InUse, folder.File), (refusal.Problem, refusal.Path));
        Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName} since 20", refusal.Message, StringComparison.Ordinal);
        await database.Storage.Sessions.ProveWriteAsync(default);
    }

    [Fact]
    public async Task OwnerIsKilled_OpenedAgain_IsOpen()
    {
        using var owner = WriterProcess.Start(folder.File, "hold");
        await owner.GoAsync();
        Assert.Equal("open", await owner.ReadLineAsync());
        var refusal = await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync());
        Assert.Contains($"process {owner.Id} ", refusal.Message, StringComparison.Ordinal);

        await owner.KillAsync();

        await using var database = await folder.OpenAsync();
        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default));
    }

    [Fact]
    public async Task FileIsInUse_OpenedByAnotherProcess_IsRefusedThere()
    {
        await using var database = await folder.OpenAsync();
        using var other = WriterProcess.Start(folder.File, "hold");

        await other.GoAsync();

        Assert.Contains($"is in use by process {Environment.ProcessId} on", await other.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(3, await other.ExitCodeAsync());
    }

    [Fact]
    public async Task FileIsReachedThroughALink_OpenedAgain_IsRefused()
    {
        await using (await folder.OpenAsync())
        {
            // A link to a file that is there already; one to nowhere is no file.
        }

        var link = Path.Combine(folder.Path, "link.db");
        File.CreateSymbolicLink(link, folder.File);
        await using var database = await folder.OpenAsync();

        var refusal = await Assert.ThrowsAsync<StoreFileException>(() => folder.OpenAsync(options => options.Path = link));

        Assert.Equal((StoreFileProblem.InUse, folder.File), (refusal.Problem, refusal.Path));
    }

    [Fact]
    public async Task StoreIsDisposed_OpenedAgain_HasEverythingInOneFile()
    {
        var save = SessionRecords.Create();
        await using (var database = await folder.OpenAsync())
        {
            await database.Storage.Sessions.SaveAsync(save, default);
        }

        Assert.False(File.Exists(folder.File + "-wal"));
        await using var again = await folder.OpenAsync();
        Assert.Equal(save.Record.Version, (await again.Storage.Sessions.ReadAsync(save.Record.Id, default))!.Version);
    }

    [Fact]
    public async Task FolderIsMissing_Opened_IsCreated()
    {
        var path = Path.Combine(folder.Path, "not", "there", "sessions.db");

        await using var database = await folder.OpenAsync(options => options.Path = path);

        Assert.True(File.Exists(path));
    }
}
