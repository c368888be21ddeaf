using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>What happens to saves when a batch is full, slow, poisoned or cut off.</summary>
public sealed class GroupCommitTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>, IAsyncLifetime
{
    private static readonly Principal Alice = Principal.Parse("alice");

    private NpgsqlDataSource source = null!;
    private PostgresStorage store = null!;

    public async Task InitializeAsync()
    {
        if (PostgresServer.SkipReason is null)
        {
            source = database.Open("observer");
            store = Open(new PostgresStoreOptions { MaxBatchSize = 16, ConcurrentBatches = 1, QueueCapacity = 12 });
            await store.Sessions.InitializeAsync(default);
        }
    }

    public async Task DisposeAsync()
    {
        if (store is not null)
        {
            await store.DisposeAsync();
        }
    }

    /// <summary>Nothing is waited for: neither company nor a moment, which would never come here.</summary>
    [PostgresFact]
    public async Task TimeStandsStill_LoneSave_IsWritten()
    {
        await using var still = PostgresStorage.Create(
            source, new PostgresStoreOptions { MaxBatchSize = 16 }, new FakeTimeProvider(), NullLoggerFactory.Instance);
        var save = SessionRecords.Create();

        Assert.Equal(SaveOutcome.Saved, await still.Sessions.SaveAsync(save, default));

        Assert.Equal(save.Record.Version, (await store.Sessions.ReadAsync(save.Record.Id, default))!.Version);
    }

    [PostgresFact]
    public async Task QueueIsFull_Save_IsRefusedAtOnceAndTheOthersAreWritten()
    {
        var (blocked, row) = await BlockTheWriterAsync();
        var waiting = Enumerable.Range(0, 12).Select(_ => SessionRecords.Create()).ToList();
        var saves = waiting.Select(save => store.Sessions.SaveAsync(save, default).AsTask()).ToList();
        var tooMany = SessionRecords.Create();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.SaveAsync(tooMany, default).AsTask());

        await row.DisposeAsync();
        Assert.Equal(SaveOutcome.Saved, await blocked);
        Assert.All(await Task.WhenAll(saves), outcome => Assert.Equal(SaveOutcome.Saved, outcome));
        Assert.Null(await store.Sessions.ReadAsync(tooMany.Record.Id, default));
    }

    [PostgresFact]
    public async Task CallerGivesUpWhileQueued_Save_IsCancelledAndNeverWritten()
    {
        var (blocked, row) = await BlockTheWriterAsync();
        using var patience = new CancellationTokenSource();
        var life = SessionRecords.Life();
        var given = store.Sessions.SaveAsync(life[0], patience.Token).AsTask();
        var other = store.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask();

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.Equal(1, store.Database.Writer.Waiting);
        await row.DisposeAsync();
        Assert.Equal(SaveOutcome.Saved, await blocked);
        Assert.Equal(SaveOutcome.Saved, await other);
        Assert.Null(await store.Sessions.ReadAsync(life[0].Record.Id, default));
    }

    [PostgresFact]
    public async Task CallerGivesUpWhileUnderWay_Save_StillTellsTheOutcome()
    {
        var created = SessionRecords.Create();
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(created, default));
        await using var row = await RowLock.TakeAsync(source, created.Record.Id);
        using var patience = new CancellationTokenSource();
        var save = store.Sessions.SaveAsync(SessionRecords.Next(created.Record, new ActivateSession { Actor = Alice }), patience.Token).AsTask();
        await row.BlocksSomebodyAsync();

        await patience.CancelAsync();
        await row.CommitAsync();

        Assert.Equal(SaveOutcome.Saved, await save);
    }

    [PostgresFact]
    public async Task OneSaveIsPoison_Batch_IsWrittenWithoutIt()
    {
        var (blocked, row) = await BlockTheWriterAsync();
        var poison = SessionRecords.Create();
        var e = poison.Events[0];
        poison = poison with { Events = [e with { Cause = e.Cause with { Reason = "a NUL \0, which no column takes" } }] };
        var neighbours = Enumerable.Range(0, 11).Select(_ => SessionRecords.Create()).ToList();
        var saves = neighbours.Select(save => store.Sessions.SaveAsync(save, default).AsTask()).ToList();
        var poisoned = store.Sessions.SaveAsync(poison, default).AsTask();

        await row.DisposeAsync();

        Assert.Equal(SaveOutcome.Saved, await blocked);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => poisoned);
        Assert.All(await Task.WhenAll(saves), outcome => Assert.Equal(SaveOutcome.Saved, outcome));
        Assert.Null(await store.Sessions.ReadAsync(poison.Record.Id, default));
        Assert.Empty(await store.Sessions.ReadEventsAsync(poison.Record.Id, 0, 10, default));
    }

    [PostgresFact]
    public async Task TextIsNotUnicode_Save_IsRefusedBeforeItIsSent()
    {
        var save = SessionRecords.Create();
        var e = save.Events[0];
        var broken = save with { Events = [e with { Cause = e.Cause with { Reason = "half of a pair: \ud83c" } }] };

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.SaveAsync(broken, default).AsTask());

        Assert.Null(await store.Sessions.ReadAsync(save.Record.Id, default));
    }

    [PostgresFact]
    public async Task BackendIsKilledUnderWay_Save_IsUnknownAndTheStoreGoesOn()
    {
        var created = SessionRecords.Create();
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(created, default));
        var next = SessionRecords.Next(created.Record, new ActivateSession { Actor = Alice });
        await using var row = await RowLock.TakeAsync(source, created.Record.Id);
        var save = store.Sessions.SaveAsync(next, default).AsTask();
        var pid = Assert.Single(await row.BlocksSomebodyAsync());

        await row.ExecuteAsync($"SELECT pg_terminate_backend({pid})");

        await Assert.ThrowsAsync<StoreOutcomeUnknownException>(() => save);
        await row.DisposeAsync();
        Assert.Equal(1, (await store.Sessions.ReadAsync(created.Record.Id, default))!.Version);
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(next, default));
        Assert.Equal(2, (await store.Sessions.ReadAsync(created.Record.Id, default))!.Version);
    }

    [PostgresFact]
    public async Task RowIsDeletedUnderWay_Save_IsRefusedAndDoesNotBringItBack()
    {
        var created = SessionRecords.Create();
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(created, default));
        await using var row = await RowLock.TakeAsync(source, created.Record.Id);
        await row.ExecuteAsync($"DELETE FROM sessions.session WHERE id = '{created.Record.Id}'");
        var next = SessionRecords.Next(created.Record, new ActivateSession { Actor = Alice });
        var save = store.Sessions.SaveAsync(next, default).AsTask();
        await row.BlocksSomebodyAsync();

        await row.CommitAsync();

        Assert.Equal(SaveOutcome.Conflict, await save);
        Assert.Null(await store.Sessions.ReadAsync(created.Record.Id, default));
        Assert.Single(await store.Sessions.ReadEventsAsync(created.Record.Id, 0, 10, default));
    }

    [PostgresFact]
    public async Task CommitItselfFails_Save_IsNotReportedAsWritten()
    {
        // The rows of the answer are sent before the commit; a deferred check fails in it.
        await using (var prepare = source.CreateCommand(
            """
            CREATE FUNCTION sessions.fail_late() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'too late'; END $$;
            CREATE CONSTRAINT TRIGGER fail_late AFTER INSERT ON sessions.session DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.namespace = 'late') EXECUTE FUNCTION sessions.fail_late();
            """))
        {
            await prepare.ExecuteNonQueryAsync();
        }

        var save = SessionRecords.Create(@namespace: "late");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.SaveAsync(save, default).AsTask());

        Assert.Null(await store.Sessions.ReadAsync(save.Record.Id, default));
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(SessionRecords.Create(), default));
    }

    [PostgresFact]
    public async Task StoreIsDisposedUnderWay_QueuedSavesAreRefused_TheOneUnderWayIsTold()
    {
        var (blocked, row) = await BlockTheWriterAsync();
        var life = SessionRecords.Life();
        var queued = life.Select(save => store.Sessions.SaveAsync(save, default).AsTask()).ToList();

        var disposal = store.DisposeAsync().AsTask();

        foreach (var save in queued)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => save);
        }

        Assert.False(disposal.IsCompleted);
        await row.DisposeAsync();
        Assert.Equal(SaveOutcome.Saved, await blocked);
        await disposal;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask());
        Assert.Null(await store.Sessions.ReadAsync(life[0].Record.Id, default));
    }

    [PostgresFact]
    public async Task TwoWriters_SaveOverlappingSessionsInBatches_NeverDeadlockAndOneWinsEach()
    {
        await using var other = Open(new PostgresStoreOptions());
        await using var third = Open(new PostgresStoreOptions());
        var records = Enumerable.Range(0, 200).Select(_ => SessionRecords.Create()).ToList();
        await Task.WhenAll(records.Select(async save => Assert.Equal(SaveOutcome.Saved, await other.Sessions.SaveAsync(save, default))));

        for (var round = 0; round < 5; round++)
        {
            var order = new Random(round);
            var saves = records.Select(save => SessionRecords.Next(
                save.Record, new RenewSession { Actor = Alice, By = TimeSpan.FromSeconds(1) })).ToArray();
            var results = await Task.WhenAll(new[] { other, third }.Select(async writer =>
            {
                var shuffled = saves.ToArray();
                order.Shuffle(shuffled);
                return await Task.WhenAll(shuffled.Select(async save => (save.Record.Id, Won: await writer.Sessions.SaveAsync(save, default) == SaveOutcome.Saved)));
            }));

            Assert.All(results.SelectMany(result => result).GroupBy(result => result.Id), race => Assert.Single(race, result => result.Won));
            records = [.. saves];
        }

        Assert.DoesNotContain("deadlock detected", (await PostgresServer.Shared).Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxBatchSize", 0)]
    [InlineData("MaxBatchSize", 1001)]
    [InlineData("ConcurrentBatches", 17)]
    [InlineData("QueueCapacity", -1)]
    public async Task OptionIsOutOfRange_Construct_NamesIt(string option, int value)
    {
        var options = new PostgresStoreOptions();
        typeof(PostgresStoreOptions).GetProperty(option)!.SetValue(options, value);
        await using var unused = NpgsqlDataSource.Create("Host=127.0.0.1");

        var e = Assert.Throws<ArgumentException>(() => PostgresStorage.Create(
            unused, options, TimeProvider.System, NullLoggerFactory.Instance));

        Assert.Contains(option, e.Message, StringComparison.Ordinal);
    }

    private PostgresStorage Open(PostgresStoreOptions options) =>
        PostgresStorage.Create(database.Open("writer"), options, TimeProvider.System, NullLoggerFactory.Instance);

    private async Task<(Task<SaveOutcome> Blocked, RowLock Row)> BlockTheWriterAsync()
    {
        var created = SessionRecords.Create();
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(created, default));
        var row = await RowLock.TakeAsync(source, created.Record.Id);
        var blocked = store.Sessions.SaveAsync(SessionRecords.Next(created.Record, new ActivateSession { Actor = Alice }), default).AsTask();
        await row.BlocksSomebodyAsync();
        return (blocked, row);
    }
}
