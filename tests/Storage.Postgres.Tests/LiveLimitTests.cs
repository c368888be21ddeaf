using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>What batches, locks and spoilt rows do to policies and to the maximum of live sessions.</summary>
public sealed class LiveLimitTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>, IAsyncLifetime
{
    private static readonly Principal Alice = Principal.Parse("alice");

    private NpgsqlDataSource source = null!;
    private PostgresStorage store = null!;
    private PostgresStorage other = null!;

    public async Task InitializeAsync()
    {
        if (PostgresServer.SkipReason is null)
        {
            source = database.Open("observer");
            (store, other) = (Open(), Open());
            await store.Sessions.InitializeAsync(default);
        }
    }

    public async Task DisposeAsync()
    {
        if (store is not null)
        {
            await store.DisposeAsync();
            await other.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task RefusedOnlyInCompany_OfABatch_IsLetInAllTheSame()
    {
        await LimitAsync("company", 2);
        await LimitAsync("company/full", 0);
        var (keptOut, letIn) = (await CreateAsync("company/full", 5), await CreateAsync("company/free", 3));
        var (blocked, row) = await BlockTheWriterAsync();
        var refusals = keptOut.Select(record => store.Sessions.SaveAsync(Activate(record), default).AsTask()).ToList();
        var entries = letIn.Select(record => store.Sessions.SaveAsync(Activate(record), default).AsTask()).ToList();

        await row.DisposeAsync();

        Assert.Equal(SaveOutcome.Saved, await blocked);
        Assert.All(await Task.WhenAll(refusals), outcome => Assert.NotNull(outcome.Limit));
        Assert.Equal([SaveOutcome.Saved, SaveOutcome.Saved, SaveOutcome.Full(new(SessionNamespace.Parse("company"), 2, 2))], await Task.WhenAll(entries));
        Assert.Equal([2, 0], (await store.Policies.ReadLiveCountsAsync(SessionNamespace.Parse("company/full"), default)).Select(limit => (int)limit.Live));
    }

    [PostgresFact]
    public async Task OneLeavesAsOneComes_InOneBatch_NeedsNoFreePlace()
    {
        await LimitAsync("turn", 1);
        var (leaving, coming) = ((await CreateAsync("turn", 1))[0], (await CreateAsync("turn", 1))[0]);
        var active = Activate(leaving);
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(active, default));
        var (blocked, row) = await BlockTheWriterAsync();
        var entry = store.Sessions.SaveAsync(Activate(coming), default).AsTask();
        var exit = store.Sessions.SaveAsync(SessionRecords.Next(active.Record, new CloseSession { Actor = Alice }), default).AsTask();

        await row.DisposeAsync();
        await blocked;

        Assert.Equal((SaveOutcome.Saved, SaveOutcome.Saved), (await entry, await exit));
        Assert.Equal(1, (await store.Policies.ReadLiveCountsAsync(SessionNamespace.Parse("turn"), default)).Single().Live);
    }

    [PostgresFact]
    public async Task MaximumSetWhileSavesAreInFlight_CountsThemAll()
    {
        var records = await CreateAsync("flight", 2);
        await using var row = await RowLock.TakeAsync(source, records[0].Id);
        var inFlight = store.Sessions.SaveAsync(Activate(records[0]), default).AsTask();
        await row.BlocksSomebodyAsync();
        var setting = other.Policies.SavePolicyAsync(Policy("flight", 1, 10), default).AsTask();
        await WaitsForTheTableAsync(1);

        // This one comes while the maximum waits to be counted: it finds no counter yet unless it waits too.
        var late = other.Sessions.SaveAsync(Activate(records[1]), default).AsTask();
        await WaitsForTheTableAsync(2);
        await row.CommitAsync();

        Assert.NotNull(await setting);
        Assert.Equal((SaveOutcome.Saved, SaveOutcome.Saved), (await inFlight, await late));
        Assert.Equal(new LiveCount(SessionNamespace.Parse("flight"), 10, 2), (await store.Policies.ReadLiveCountsAsync(SessionNamespace.Parse("flight"), default)).Single());
    }

    [PostgresFact]
    public async Task PolicyThatNobodyCanRead_ReadTogetherWithOthers_IsThereWithoutWhatItSays()
    {
        await LimitAsync("spoilt", null);
        await LimitAsync("sound", null);
        await using (var spoil = source.CreateCommand(
            "UPDATE sessions.policy SET body = '{\"ceiling\": {\"permissions\": \"flyToTheMoon\"}}' WHERE namespace = 'spoilt'"))
        {
            Assert.Equal(1, await spoil.ExecuteNonQueryAsync());
        }

        var policies = (await store.Policies.ReadPoliciesAsync(0, 1000, default)).ToDictionary(one => one.Namespace.ToString());

        Assert.Null(policies["spoilt"].Policy);
        Assert.NotNull(policies["sound"].Policy);
        Assert.Null((await store.Policies.ReadPolicyHistoryAsync(SessionNamespace.Parse("spoilt"), null, 1, default)).Single().Policy);
    }

    [PostgresFact]
    public async Task BatchesOfTwoStores_OverTheSameCountersAndSessions_NeverDeadlock()
    {
        await LimitAsync("dead", 30);
        await LimitAsync("dead/a", 20);
        await LimitAsync("dead/b", 20);
        var records = (await CreateAsync("dead/a", 40)).Concat(await CreateAsync("dead/b", 40)).ToArray();
        for (var round = 0; round < 4; round++)
        {
            var order = new Random(round);
            var results = await Task.WhenAll(new[] { store, other }.Select(async writer =>
            {
                var mine = records.ToArray();
                order.Shuffle(mine);
                return await Task.WhenAll(mine.Select(async record => (record.Id, Outcome: await writer.Sessions.SaveAsync(Toggle(record), default))));
            }));
            Assert.All(results.SelectMany(result => result).GroupBy(result => result.Id), race =>
                Assert.InRange(race.Count(result => result.Outcome == SaveOutcome.Saved), 0, 1));
            records = [.. await Task.WhenAll(records.Select(async record => (await store.Sessions.ReadAsync(record.Id, default))!))];
            var live = records.Count(record => record.Status == SessionStatus.Active);
            Assert.Equal(live, (await store.Policies.ReadLiveCountsAsync(SessionNamespace.Parse("dead"), default)).Single().Live);
            Assert.InRange(live, 0, 30);
            records = [.. records.Where(record => record.Status != SessionStatus.Closed)];
        }

        Assert.DoesNotContain("deadlock detected", (await PostgresServer.Shared).Log, StringComparison.Ordinal);
    }

    private static SessionSave Toggle(Core.SessionRecord record) => record.Status == SessionStatus.Created
        ? Activate(record)
        : SessionRecords.Next(record, new CloseSession { Actor = Alice });

    private static SessionSave Activate(Core.SessionRecord record) => SessionRecords.Next(record, new ActivateSession { Actor = Alice });

    private static NamespacePolicy Policy(string name, long version, long? maximum) => new()
    {
        Namespace = SessionNamespace.Parse(name),
        Version = version,
        Definition = new PolicyDefinition { MaxLiveSessions = maximum },
        SetAt = SessionRecords.Start,
        SetBy = Alice,
    };

    private PostgresStorage Open() => PostgresStorage.Create(
        database.Open("writer"), new PostgresStoreOptions { ConcurrentBatches = 1 }, TimeProvider.System, NullLoggerFactory.Instance);

    private async Task LimitAsync(string name, long? maximum) => Assert.NotNull(await store.Policies.SavePolicyAsync(Policy(name, 1, maximum), default));

    private async Task<Core.SessionRecord[]> CreateAsync(string name, int count)
    {
        var saves = Enumerable.Range(0, count).Select(_ => SessionRecords.Create(@namespace: name)).ToArray();
        Assert.All(await Task.WhenAll(saves.Select(save => store.Sessions.SaveAsync(save, default).AsTask())), outcome => Assert.Equal(SaveOutcome.Saved, outcome));
        return [.. saves.Select(save => save.Record)];
    }

    private async Task<(Task<SaveOutcome> Blocked, RowLock Row)> BlockTheWriterAsync()
    {
        var record = (await CreateAsync("blocked", 1))[0];
        var row = await RowLock.TakeAsync(source, record.Id);
        var blocked = store.Sessions.SaveAsync(Activate(record), default).AsTask();
        await row.BlocksSomebodyAsync();
        return (blocked, row);
    }

    private Task WaitsForTheTableAsync(int waiting) => Eventually.TrueAsync(
        async () =>
        {
            await using var command = source.CreateCommand(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'sessions.session'::regclass");
            return (long)(await command.ExecuteScalarAsync())! >= waiting;
        },
        $"{waiting} wait for the table");
}
