using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.GrainState;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Tests.Support;
using Sessions.Storage.Sqlite.Writing;
using Sessions.TestKit;
using SQLitePCL;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>What happens to writes when a batch is full, slow, poisoned or cut off.</summary>
public sealed class GroupCommitTests : IDisposable
{
    private static readonly Principal Alice = Principal.Parse("alice");

    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Writer_Opened_WritesAheadAndWaitsForTheDisk()
    {
        await using var database = await folder.OpenAsync();

        var settings = await database.WriteAsync(
            session => (Journal: TextOf(session.Connection, "PRAGMA journal_mode"), Synchronous: session.Connection.Scalar("PRAGMA synchronous")), default);

        // 2 is FULL: a commit is on the disk before it is answered.
        Assert.Equal(("wal", 2L), settings);
    }

    [Fact]
    public async Task QueueIsFull_Save_IsRefusedAtOnceAndTheOthersAreWritten()
    {
        await using var database = await folder.OpenAsync(options => options.QueueCapacity = 3);
        var block = await BlockAsync(database);
        var waiting = Enumerable.Range(0, 3).Select(_ => database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask()).ToList();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask());

        await block.EndAsync();
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.Equal(SaveOutcome.Saved, outcome));
    }

    [Fact]
    public async Task SaveIsCancelled_WhileItWaits_IsNotWrittenAndTheOthersAre()
    {
        await using var database = await folder.OpenAsync();
        using var cancellation = new CancellationTokenSource();
        var block = await BlockAsync(database);
        var (cancelled, kept) = (SessionRecords.Create(), SessionRecords.Create());
        var first = database.Storage.Sessions.SaveAsync(cancelled, cancellation.Token).AsTask();
        var second = database.Storage.Sessions.SaveAsync(kept, default).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await block.EndAsync();
        Assert.Equal(SaveOutcome.Saved, await second);
        Assert.Null(await database.Storage.Sessions.ReadAsync(cancelled.Record.Id, default));
    }

    [Fact]
    public async Task SaveIsCancelled_OnItsWay_AnswersWhatBecameOfIt()
    {
        await using var database = await folder.OpenAsync();
        using var cancellation = new CancellationTokenSource();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var release = new ManualResetEventSlim();
        var write = database.WriteAsync(
            session =>
            {
                entered.TrySetResult();
                release.Wait();
                return session.NumberOf("acme");
            },
            cancellation.Token).AsTask();
        await entered.Task;

        await cancellation.CancelAsync();
        release.Set();

        Assert.Equal(1, await write);
    }

    [Fact]
    public async Task StoreIsDisposed_WritesThatWait_AreRefusedAndTheOneOnItsWayIsWritten()
    {
        var database = await folder.OpenAsync();
        var block = await BlockAsync(database);
        var waiting = database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask();

        var disposal = database.DisposeAsync().AsTask();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => waiting);
        Assert.False(disposal.IsCompleted);
        await block.EndAsync();
        await disposal;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => database.Storage.Sessions.ProveWriteAsync(default));
        await using var again = await folder.OpenAsync();
        Assert.Equal(1, await again.ReadAsync(connection => connection.Scalar("SELECT count(*) FROM namespace WHERE name = 'block'"), default));
    }

    [Fact]
    public async Task OneWriteFailsHalfWay_InABatch_IsUndoneAloneAndTheOthersAreWritten()
    {
        await using var database = await folder.OpenAsync();
        var block = await BlockAsync(database);
        var (before, after) = (SessionRecords.Create(), SessionRecords.Create());
        var first = database.Storage.Sessions.SaveAsync(before, default).AsTask();
        var poisoned = database.WriteAsync<int>(
            session =>
            {
                session.NumberOf("half/way");
                throw new InvalidTimeZoneException();
            },
            default).AsTask();
        var second = database.Storage.Sessions.SaveAsync(after, default).AsTask();

        await block.EndAsync();

        Assert.Equal(SaveOutcome.Saved, await first);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => poisoned);
        Assert.Equal(SaveOutcome.Saved, await second);
        Assert.Equal(0, await database.ReadAsync(connection => connection.Scalar("SELECT count(*) FROM namespace WHERE name = 'half/way'"), default));

        // What the undone write has learned of numbers is forgotten with it.
        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(SessionRecords.Create(@namespace: "half/way"), default));
        Assert.Single((await database.Storage.Log.ReadLogAsync(SessionNamespace.Parse("half/way"), EventCursor.Start, 10, default)).Events);
    }

    [Fact]
    public async Task FileRefusesOneSave_InABatch_OnlyThatOneIsRefused()
    {
        await using var database = await folder.OpenAsync();
        var live = SessionNamespace.Parse("acme/live");
        Assert.NotNull(await database.Storage.Policies.SavePolicyAsync(
            new() { Namespace = live, Version = 1, Definition = new() { MaxLiveSessions = 5 }, SetAt = SessionRecords.Start, SetBy = Alice }, default));
        var created = SessionRecords.Create(@namespace: live.ToString());
        await database.Storage.Sessions.SaveAsync(created, default);
        var active = SessionRecords.Next(created.Record, new ActivateSession { Actor = Alice });
        await database.Storage.Sessions.SaveAsync(active, default);

        // Another program has meddled with the counter: ending the session would make it negative, which the file refuses.
        await database.WriteAsync(session => session.Use("UPDATE live_limit SET live = 0").Run(), default);
        var block = await BlockAsync(database);
        var other = database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask();
        var refused = database.Storage.Sessions.SaveAsync(SessionRecords.Next(active.Record, new CloseSession { Actor = Alice }), default).AsTask();
        await block.EndAsync();

        Assert.Equal(SaveOutcome.Saved, await other);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => refused);
        Assert.Equal(SessionStatus.Active, (await database.Storage.Sessions.ReadAsync(created.Record.Id, default))!.Status);
        Assert.Equal(2, (await database.Storage.Sessions.ReadEventsAsync(created.Record.Id, 0, 10, default)).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DiskFails_AtACommit_OutcomeIsUnknownAndTheWriterGoesOn(bool isCommitted)
    {
        var failing = new List<FailingSession>();
        await using var database = new SqliteDatabase(
            new SqliteStoreOptions { Path = folder.File },
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<SqliteDatabase>.Instance)
        {
            NewSession = connection =>
            {
                failing.Add(new FailingSession(connection, isCommitted));
                return failing[^1];
            },
        };
        await database.OpenAsync(default);
        var (lost, next) = (SessionRecords.Create(), SessionRecords.Create());
        failing[0].Fails = true;

        await Assert.ThrowsAsync<StoreOutcomeUnknownException>(() => database.Storage.Sessions.SaveAsync(lost, default).AsTask());

        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(next, default));
        Assert.Equal(2, failing.Count);
        Assert.Equal(isCommitted, await database.Storage.Sessions.ReadAsync(lost.Record.Id, default) is not null);

        // A repeated save finds out, as after any unknown outcome.
        Assert.Equal(isCommitted ? SaveOutcome.Conflict : SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(lost, default));
    }

    [Fact]
    public async Task ManyWait_ForTheDisk_ShareOneCommit()
    {
        await using var database = await folder.OpenAsync();
        var block = await BlockAsync(database);
        var saves = Enumerable.Range(0, 100).Select(_ => database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask()).ToList();
        Assert.Equal(100, database.WaitingWrites);
        var before = new FileInfo(folder.File + "-wal").Length;

        await block.EndAsync();
        await Task.WhenAll(saves);

        // A frame that ends a transaction says how many pages the file then has; the others say 0.
        Assert.Equal(2, CountCommits(before));
    }

    /// <summary>The transactions that were appended to the log after so many bytes.</summary>
    private int CountCommits(long after)
    {
        const int HeaderBytes = 32, FrameBytes = 24 + 4096;
        using var log = new FileStream(folder.File + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var (commits, frame) = (0, new byte[FrameBytes]);
        for (log.Position = Math.Max(after, HeaderBytes); log.ReadAtLeast(frame, FrameBytes, throwOnEndOfStream: false) == FrameBytes;)
        {
            commits += System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)) != 0 ? 1 : 0;
        }

        return commits;
    }

    private static string TextOf(SqliteConnection connection, string sql)
    {
        using var row = connection.Prepare(sql);
        Assert.True(row.Step());
        return row.Text(0);
    }

    /// <summary>Keeps the writer busy, so that what comes waits.</summary>
    private static async Task<Block> BlockAsync(SqliteDatabase database)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new ManualResetEventSlim();
        var write = database.WriteAsync(
            session =>
            {
                entered.TrySetResult();
                release.Wait();
                return session.NumberOf("block");
            },
            default).AsTask();
        await entered.Task;
        return new Block(release, write);
    }

    private sealed record Block(ManualResetEventSlim Release, Task Write)
    {
        public async Task EndAsync()
        {
            Release.Set();
            await Write;
            Release.Dispose();
        }
    }

    /// <summary>Fails one commit as a disk does, before or after everything is written.</summary>
    private sealed class FailingSession(SqliteConnection connection, bool commitsFirst) : WriteSession(connection)
    {
        public bool Fails { get; set; }

        public override void Commit()
        {
            if (!Fails)
            {
                base.Commit();
                return;
            }

            Fails = false;
            if (commitsFirst)
            {
                base.Commit();
            }

            throw new SqliteException(raw.SQLITE_IOERR_FSYNC, "disk I/O error");
        }
    }
}
