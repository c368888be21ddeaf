using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Operations;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.GrainState;
using Sessions.Grains.Templates;
using Sessions.Storage.Behaviour.Support;
using Sessions.Storage.Sqlite;
using Sessions.Storage.Sqlite.GrainState;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests.Copy;

/// <summary>A file with every kind of thing in it, written by the store on SQLite.</summary>
public sealed class FilledFile : IAsyncLifetime, IDisposable
{
    /// <summary>The services that the states of grains belong to.</summary>
    public static readonly string[] Services = ["sessions", "other"];

    private static readonly Principal Alice = Principal.Parse("alice");

    private readonly string folder = Directory.CreateTempSubdirectory("sessions-copy-").FullName;
    private readonly ServiceProvider services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public FilledFile() => Path = System.IO.Path.Combine(folder, "sessions.db");

    public string Path { get; }

    /// <summary>What the store on SQLite says of all that is in it.</summary>
    public IReadOnlyList<string> Contents { get; private set; } = [];

    /// <summary>The log.</summary>
    public ImmutableArray<LoggedEvent> Log { get; private set; } = [];

    /// <summary>The highest position that the log has given out, the events of which are gone.</summary>
    public long LastPosition { get; private set; }

    /// <summary>A session with data, and the last write of it.</summary>
    internal SessionRecord WithData { get; private set; } = null!;

    internal DataWrite LastWrite { get; private set; } = null!;

    /// <summary>A session that is active, in a namespace whose live sessions are counted.</summary>
    internal SessionRecord Active { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await using var database = new SqliteDatabase(
            new SqliteStoreOptions { Path = Path }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        await database.OpenAsync(default);
        var storage = database.Storage;
        await SetPoliciesAsync(storage);
        await new SearchPopulation(new Random(11)).AddAsync(storage, 120);
        await AddSessionsAsync(storage);
        await AddOperationsAsync(storage);
        await AddStatesAsync(database);
        Contents = await StoreContents.ReadAsync(storage);
        Log = await StoreContents.ReadLogAsync(storage.Log, null, EventCursor.Start, 1000);
        LastPosition = await database.ReadAsync(connection => connection.Scalar("SELECT seq FROM sqlite_sequence WHERE name = 'event'") ?? 0, default);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        services.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The template that a service keeps under a name.</summary>
    internal static TemplateCatalogState Catalog(string service, string name) => new() { Names = [service, name] };

    internal static GrainId Grain(string name) => GrainId.Create("templates", name);

    private static async Task SetPoliciesAsync(SessionStorage storage)
    {
        (string Namespace, long? Maximum)[] policies = [("acme", 1000), ("acme/a", 500), ("acme/a", null), ("acme-2", 70), ("acme", 900), ("b", null)];
        var versions = new Dictionary<string, long>();
        foreach (var (name, maximum) in policies)
        {
            versions[name] = versions.GetValueOrDefault(name) + 1;
            Assert.NotNull(await storage.Policies.SavePolicyAsync(
                new NamespacePolicy
                {
                    Namespace = SessionNamespace.Parse(name),
                    Version = versions[name],
                    Definition = new() { MaxLiveSessions = maximum, Description = "Ünïcode \"quoted\" 🎈" },
                    SetAt = SessionRecords.Start,
                    SetBy = Alice,
                    Reason = maximum is null ? "because" : null,
                },
                default));
        }
    }

    private async Task AddSessionsAsync(SessionStorage storage)
    {
        var life = SessionRecords.Life();
        foreach (var save in life)
        {
            await SaveAsync(storage, save);
        }

        var created = SessionRecords.Create(@namespace: "acme/a", creator: "bob");
        var active = SessionRecords.Next(created.Record, new ActivateSession { Actor = Principal.Parse("bob"), CommandId = CommandId.New() });
        var granting = SessionRecords.Grant(active.Record);
        var logged = SessionRecords.Log(granting.Record, 25);
        foreach (var save in (SessionSave[])[created, active, granting, logged])
        {
            await SaveAsync(storage, save);
        }

        Active = logged.Record;
        var owner = SessionRecords.Create(@namespace: "acme/a/b");
        await SaveAsync(storage, owner);
        var space = DataSpaces.Of(owner.Record);
        for (var n = 0; n < 30; n++)
        {
            LastWrite = new DataWrite(
                CommandId.New(), DataKey.Parse($"größe/{n % 9}"), n % 5 == 4 ? null : [.. Encoding.UTF8.GetBytes($"value {n}\0")], null);
            Assert.Equal(DataOutcome.Written, (await storage.Data.WriteDataAsync(space, LastWrite, default)).Outcome);
        }

        WithData = owner.Record;

        // A session that is gone leaves a gap in the log.
        await new SearchPopulation(new Random(12)).AddAsync(storage, 5, @namespace: "gone");
        var question = new DueQuestion(
            SessionRecords.Start.AddDays(100), [SessionNamespace.Parse("gone")], 1000, TimeSpan.FromSeconds(15));
        Assert.True((await storage.Due.TakeDueAsync(question, _ => DueAnswer.Delete, default)).Deleted > 0);
    }

    private static async Task SaveAsync(SessionStorage storage, SessionSave save) =>
        Assert.Equal(SaveOutcome.Saved, await storage.Sessions.SaveAsync(save, default));

    private static async Task AddOperationsAsync(SessionStorage storage)
    {
        for (var n = 0; n < 3; n++)
        {
            var start = new StartOperation
            {
                Verb = SessionVerb.Close,
                Query = new() { Namespace = SessionNamespace.Parse("acme") },
                Actor = Alice,
                Reason = "größe",
            };
            var operation = OperationRules.Start(OperationId.New(), null, start, SessionRecords.Start.AddTicks(n)).Next!;
            Assert.True(await storage.Operations.SaveOperationAsync(operation, default));
            Assert.True(await storage.Operations.SaveOperationAsync(OperationRules.Counted(operation, 5, SessionRecords.Start), default));
        }
    }

    private async Task AddStatesAsync(SqliteDatabase database)
    {
        foreach (var service in Services)
        {
            var storage = new SqliteGrainStorage(
                database, service, new GrainStateSerializer(), services.GetRequiredService<IActivatorProvider>());
            foreach (var name in (string[])["plain", "0123456789abcdef0123456789abcdef", "with/slash and größe", "cleared"])
            {
                var state = new GrainState<TemplateCatalogState>(Catalog(service, name));
                await storage.WriteStateAsync("sessions.template-catalog", Grain(name), state);
                if (name == "cleared")
                {
                    await storage.ClearStateAsync("sessions.template-catalog", Grain(name), state);
                }
            }
        }
    }
}
