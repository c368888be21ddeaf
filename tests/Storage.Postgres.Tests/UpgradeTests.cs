using System.Collections.Immutable;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Grains.Events;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.GrainState;
using Sessions.Grains.Templates;
using Sessions.Storage.Postgres.Migrations;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>A database of the release before, with rows in every table, and what this build makes of it.</summary>
public sealed class UpgradeTests
{
    private const int OldSchema = 10;

    private static readonly SessionNamespace Acme = SessionNamespace.Parse("acme");
    private static readonly SessionId Paused = SessionId.Parse("s-48mn4t190knt89q7306ymv15de");
    private static readonly SessionId Child = SessionId.Parse("s-2efmt0cgxpr0msa78bgwxdnbbg");
    private static readonly SessionId OfTemplate = SessionId.Parse("s-27gpvv8pex8daz5gn1hbejfkse");
    private static readonly SessionId Requested = SessionId.Parse("s-4ka96tr734fn6rkfqq6w0h3g7k");
    private static readonly SessionId Closed = SessionId.Parse("s-25tqx2hzase4zbjw4fesc102ta");

    [PostgresFact]
    public async Task DatabaseOfSchema10_MigrateTo11_KeepsEveryRow()
    {
        await using var source = await OpenOldDatabaseAsync();
        var before = await ReadTablesAsync(source);
        Assert.DoesNotContain(before, table => table.Value is null);

        await new MigrationRunner(source, NullLogger.Instance, [.. MigrationRunner.All.Take(OldSchema + 1)]).RunAsync(default);

        Assert.Equal(before, await ReadTablesAsync(source));
    }

    [PostgresFact]
    public async Task DatabaseOfSchema10_OpenStore_ReadsSessionsWithTheirLogsAndData()
    {
        await using var source = await OpenOldDatabaseAsync();
        await using var store = source.OpenStore();
        await store.Sessions.InitializeAsync(default);

        var paused = (await store.Sessions.ReadAsync(Paused, default))!;
        Assert.Equal((SessionStatus.Paused, 8L, 4L), (paused.Status, paused.Version, paused.LastSequence));
        Assert.Equal((2L, 1L, 1L, 35L), (paused.Usage.Executions, paused.Usage.Succeeded, paused.Usage.Failed, paused.Usage.DataBytes));
        Assert.Equal("lunch", paused.LastChange!.Reason);
        Assert.Equal(Child, Assert.Single(paused.Children).Id);
        Assert.Equal(
            [SessionEventType.SessionCreated, SessionEventType.SessionActivated, SessionEventType.ChildOpened, SessionEventType.SessionPaused],
            (await store.Sessions.ReadEventsAsync(Paused, 0, 100, default)).Select(e => e.Type));
        Assert.Equal(
            [("greet", ExecutionOutcome.Succeeded), ("fail", ExecutionOutcome.Failed)],
            (await store.Sessions.ReadExecutionsAsync(Paused, 0, 100, default)).Select(execution => (execution.Function.ToString(), execution.Outcome)));

        var space = DataSpaces.Of(paused);
        Assert.Equal(["private", "shared/note"], (await store.Data.ListDataAsync(space, "", null, 10, default)).Select(entry => entry.Key.ToString()));
        var note = (await store.Data.ReadDataAsync(space, DataKey.Parse("shared/note"), default)).Value!;
        Assert.Equal((1L, "kept by 0010"), (note.Version, Encoding.UTF8.GetString(note.Value.AsSpan())));

        Assert.Equal(Paused, (await store.Sessions.ReadAsync(Child, default))!.Parent!.Id);
        Assert.Equal(TemplateReference.Parse("notebook@1"), (await store.Sessions.ReadAsync(OfTemplate, default))!.Template);
        Assert.Equal(SessionStatus.Requested, (await store.Sessions.ReadAsync(Requested, default))!.Status);
        Assert.Equal(EndReason.Asked, (await store.Sessions.ReadAsync(Closed, default))!.EndReason);
    }

    [PostgresFact]
    public async Task DatabaseOfSchema10_OpenStore_FindsAndCountsByEveryIndex()
    {
        await using var source = await OpenOldDatabaseAsync();
        await using var store = source.OpenStore();
        await store.Sessions.InitializeAsync(default);

        var log = await store.Log.ReadLogAsync(Acme, EventCursor.Start, 100, default);
        Assert.Equal(12, log.Events.Length);
        Assert.True(log.IsAtHorizon);
        Assert.Equal([Paused], await FindAsync(new SessionQuery { Labels = ImmutableSortedDictionary<string, string>.Empty.Add("team", "eval") }));
        Assert.Equal([Closed], await FindAsync(new SessionQuery { Text = "TWO" }));
        Assert.Equal([OfTemplate], await FindAsync(new SessionQuery { Template = TemplateReference.Parse("notebook@1") }));
        Assert.Equal(5, (await FindAsync(SessionQuery.All)).Length);
        Assert.Equal(
            [(SessionStatus.Requested, 1L), (SessionStatus.Created, 1L), (SessionStatus.Paused, 2L), (SessionStatus.Closed, 1L)],
            (await store.Search.CountAllAsync(SessionQuery.All, default)).Select(count => (count.Key, count.Value)));
        Assert.Equal(
            ["acme/eval", "acme/nb"],
            (await store.Due.ReadDueNamespacesAsync(null, 10, default)).Select(due => due.Namespace.ToString()));

        async Task<SessionId[]> FindAsync(SessionQuery query) =>
            [.. (await store.Search.SearchAsync(query, SessionOrder.NewestFirst, null, 10, default)).Sessions.Select(session => session.Id)];
    }

    [PostgresFact]
    public async Task DatabaseOfSchema10_OpenStore_ReadsPoliciesAndOperationsAndGoesOn()
    {
        await using var source = await OpenOldDatabaseAsync();
        await using var store = source.OpenStore();
        await store.Sessions.InitializeAsync(default);

        var policy = Assert.Single(await store.Policies.ReadPolicyHistoryAsync(Acme, null, 10, default)).Policy!;
        Assert.Equal((20L, 10, "first policy"), (policy.Definition.MaxLiveSessions, policy.Definition.Queue!.Maximum, policy.Reason));
        Assert.Equal("shared/", Assert.Single(policy.Definition.DataRules!.Value).KeyPrefix);
        var live = Assert.Single(await store.Policies.ReadLiveCountsAsync(Acme, default));
        Assert.Equal((20L, 2L), (live.Maximum, live.Live));
        var operation = Assert.Single(await store.Operations.ListOperationsAsync(Acme, null, null, 10, default)).Shown;
        Assert.Equal((SessionVerb.Pause, OperationStatus.Done, 1L), (operation.Verb, operation.Status, operation.Done));

        var requested = (await store.Sessions.ReadAsync(Requested, default))!;
        var next = requested with { Version = requested.Version + 1 };
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(new SessionSave(next, []), default));
        Assert.NotNull(await store.Policies.SavePolicyAsync(policy with { Version = policy.Version + 1 }, default));
        Assert.Equal(2, (await store.Policies.ReadPolicyHistoryAsync(Acme, null, 10, default)).Length);
    }

    [PostgresFact]
    public async Task DatabaseOfSchema10_MigratedToNewest_ProvidersReadStatesAndMembership()
    {
        await using var source = await OpenOldDatabaseAsync();
        await new MigrationRunner(source, NullLogger.Instance).RunAsync(default);
        using var host = ProviderHost.Build(source.ConnectionString, "sessions", new GrainStateSerializer());

        var states = await host.OpenGrainStorageAsync(ProviderHost.Keep);
        var template = await ReadAsync<TemplateState>(states, "sessions.template", "t/notebook");
        Assert.Equal(TimeSpan.FromHours(8), Assert.Single(template.Versions).Definition.Ceiling.MaxDuration);
        Assert.Equal(["notebook"], (await ReadAsync<TemplateCatalogState>(states, "sessions.template-catalog", "templates")).Names.ToArray());
        var subscription = (await ReadAsync<SubscriptionState>(states, "sessions.subscription", "u/acme/audit")).Subscription!;
        Assert.Equal((Acme, Principal.Parse("ops")), (subscription.Namespace, subscription.Owner));
        Assert.True(subscription.Cursor > EventCursor.Start);

        var table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(true);
        var read = await table.ReadAllAsync();
        Assert.Equal(6, read.Version.Version);
        Assert.Equal([SiloStatus.Active, SiloStatus.Dead], read.Members.Select(member => member.Item1.Status).Order());
        var newcomer = new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPAddress.Loopback, 11111, 1),
            SiloName = "newcomer",
            HostName = "here",
            Status = SiloStatus.Joining,
            StartTime = DateTime.UnixEpoch,
            IAmAliveTime = DateTime.UnixEpoch,
        };
        Assert.True(await table.InsertRowAsync(newcomer, read.Version.Next()));
        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(
            [SiloStatus.Joining, SiloStatus.Active],
            (await table.ReadAllAsync()).Members.Select(member => member.Item1.Status).Order());
    }

    private static async Task<T> ReadAsync<T>(IGrainStorage storage, string name, string key)
        where T : new()
    {
        var state = new GrainState<T>(new T());
        await storage.ReadStateAsync(name, GrainId.Create("any", key), state);
        Assert.True(state.RecordExists);
        return state.State!;
    }

    private static async Task<NpgsqlDataSource> OpenOldDatabaseAsync()
    {
        var source = NpgsqlDataSource.Create(await (await PostgresServer.Shared).CreateDatabaseAsync());
        await new MigrationRunner(source, NullLogger.Instance, [.. MigrationRunner.All.Take(OldSchema)]).RunAsync(default);

        // Without triggers: what they fence and count is in the rows already.
        var rows = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "schema-0010.sql"));
        await using var insert = source.CreateCommand("SET LOCAL session_replication_role = replica; " + rows);
        await insert.ExecuteNonQueryAsync();
        return source;
    }

    /// <summary>A digest of the rows of every table but those that migrations fill; null for an empty table.</summary>
    private static async Task<SortedDictionary<string, string?>> ReadTablesAsync(NpgsqlDataSource source)
    {
        var names = new List<string>();
        await using (var tables = source.CreateCommand(
            """
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname IN ('public', 'sessions') AND tablename NOT IN ('orleansquery', 'migration')
            """))
        await using (var reader = await tables.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                names.Add(reader.GetString(0));
            }
        }

        var digests = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            await using var digest = source.CreateCommand($"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} AS t");
            digests.Add(name, await digest.ExecuteScalarAsync() as string);
        }

        return digests;
    }
}
