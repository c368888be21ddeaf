using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Copy;
using Sessions.Grains.Storage.GrainState;
using Sessions.Grains.Templates;
using Sessions.Storage.Postgres.Copy;
using Sessions.Storage.Sqlite.Copy;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests.Copy;

/// <summary>A file in SQLite becomes a database in PostgreSQL, and nothing is lost on the way.</summary>
public sealed class CopyTests(FilledFile file) : IClassFixture<FilledFile>, IAsyncLifetime
{
    private string connectionString = "";

    public async Task InitializeAsync()
    {
        if (PostgresServer.SkipReason is null)
        {
            connectionString = await (await PostgresServer.Shared).CreateDatabaseAsync();
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [PostgresFact]
    public async Task FileWithEverything_Copied_AnswersEveryQuestionAsBefore()
    {
        var before = await File.ReadAllBytesAsync(file.Path);

        var lines = await CopyAsync();

        Assert.All(lines, line => Assert.True(line.Agrees, line.ToString()));
        Assert.Equal(6, lines.Single(line => line.Kind == CopyCounts.PolicyVersions).InTarget);
        Assert.Equal(6, lines.Single(line => line.Kind == CopyCounts.OfState("sessions.template-catalog")).InTarget);
        Assert.Equal(file.Log.Length, lines.Single(line => line.Kind == CopyCounts.Events).InTarget);
        Assert.Equal(before, await File.ReadAllBytesAsync(file.Path));
        await using var store = await OpenAsync();
        Assert.Equal(file.Contents, await StoreContents.ReadAsync(store.Storage));
    }

    [PostgresFact]
    public async Task ReaderHasACursorOfTheFile_LogGoesOn_ReadsEveryEventOnceAlsoAfterARestore()
    {
        await CopyAsync();
        await using var store = await OpenAsync();
        var half = file.Log[file.Log.Length / 2].Cursor;
        var paused = SessionRecords.Next(file.Active, new PauseSession { Actor = Principal.Parse("bob") });

        Assert.Equal(SaveOutcome.Saved, await store.Storage.Sessions.SaveAsync(paused, default));

        var expected = file.Log.Where(logged => logged.Cursor > half).Select(logged => (logged.Event.SessionId, logged.Event.Sequence))
            .Append((paused.Record.Id, paused.Record.LastSequence)).ToList();
        var fresh = await Eventually.Get(
            async ValueTask<ImmutableArray<LoggedEvent>> () => await StoreContents.ReadLogAsync(store.Storage.Log, null, file.Log[^1].Cursor, 100),
            events => events.Length > 0,
            "the new event is final");
        Assert.Equal(paused.Record.Id, Assert.Single(fresh).Event.SessionId);
        Assert.Equal(expected, await PlacesAfterAsync(store.Storage, half));

        // A dump that is restored elsewhere: the server has not given out the transaction of what was written since.
        await ExecuteAsync("UPDATE sessions.session_event SET xid = '9000000000000000000' WHERE xid <> '0'");
        await store.Storage.Sessions.InitializeAsync(default);
        Assert.Equal(expected, await PlacesAfterAsync(store.Storage, half));
        Assert.Equal(file.LastPosition + 1, await ScalarAsync("SELECT min(cursor) FROM sessions.session_event WHERE xid <> '0'"));
    }

    [PostgresFact]
    public async Task LastWriteOfData_RepeatedAfterTheCopy_IsRecognised()
    {
        await CopyAsync();
        await using var store = await OpenAsync();
        var space = DataSpaces.Of(file.WithData);

        var again = await store.Storage.Data.WriteDataAsync(space, file.LastWrite, default);
        var next = await store.Storage.Data.WriteDataAsync(space, file.LastWrite with { CommandId = CommandId.New() }, default);

        Assert.Equal((DataOutcome.Written, 30L, 30L), (again.Outcome, again.Version, again.DataVersion));
        Assert.Equal((DataOutcome.Written, 31L), (next.Outcome, next.DataVersion));
    }

    [PostgresFact]
    public async Task LiveSessionsWereCounted_SessionsEndAfterTheCopy_CountersFollow()
    {
        await CopyAsync();
        await using var store = await OpenAsync();
        var before = await store.Storage.Policies.ReadLiveCountsAsync(file.Active.Namespace, default);

        await store.Storage.Sessions.SaveAsync(
            SessionRecords.Next(file.Active, new CloseSession { Actor = Principal.Parse("bob") }), default);

        var after = await store.Storage.Policies.ReadLiveCountsAsync(file.Active.Namespace, default);
        Assert.Equal(before.Select(count => count.Live - 1), after.Select(count => count.Live));
    }

    [PostgresFact]
    public async Task StatesOfGrains_Copied_AreFoundByTheProviderOfTheirService()
    {
        await CopyAsync();

        foreach (var service in FilledFile.Services)
        {
            using var host = ProviderHost.Build(connectionString, service, new GrainStateSerializer());
            var storage = await host.OpenGrainStorageAsync(ProviderHost.Keep);
            foreach (var name in (string[])["plain", "0123456789abcdef0123456789abcdef", "with/slash and größe"])
            {
                var state = new GrainState<TemplateCatalogState>();
                await storage.ReadStateAsync("sessions.template-catalog", FilledFile.Grain(name), state);
                Assert.Equal(FilledFile.Catalog(service, name).Names.AsEnumerable(), state.State!.Names);

                state.State = FilledFile.Catalog(service, "new");
                await storage.WriteStateAsync("sessions.template-catalog", FilledFile.Grain(name), state);
            }

            var cleared = new GrainState<TemplateCatalogState>();
            await storage.ReadStateAsync("sessions.template-catalog", FilledFile.Grain("cleared"), cleared);
            Assert.False(cleared.RecordExists);
        }
    }

    [PostgresFact]
    public async Task DatabaseHoldsTheCopy_CopiedAgain_IsRefusedAndStaysAsItIs()
    {
        await CopyAsync();
        var before = await EverythingAsync();

        var refusal = await Assert.ThrowsAsync<CopyRefusedException>(() => CopyAsync());

        Assert.Contains("sessions, events, executions, data of sessions, policies, operations, templates or subscriptions", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await EverythingAsync());
    }

    [PostgresFact]
    public async Task EventIsLostOnTheWay_Copied_NothingIsKept()
    {
        using (var source = SqliteCopySource.Open(file.Path, TimeProvider.System))
        {
            var mismatch = await Assert.ThrowsAsync<CopyMismatchException>(
                () => new CopyTarget(connectionString, NullLoggerFactory.Instance).CopyAsync(new LossySource(source), default));

            var wrong = Assert.Single(mismatch.Lines, line => !line.Agrees);
            Assert.Equal(new CopyLine(CopyCounts.Events, file.Log.Length, file.Log.Length - 1), wrong);
        }

        Assert.Equal(0, await EverythingAsync());
        Assert.Equal(1, await ScalarAsync("SELECT nextval(pg_get_serial_sequence('sessions.session_event', 'cursor'))"));

        // What failed can be done again.
        Assert.All(await CopyAsync(), line => Assert.True(line.Agrees));
    }

    [PostgresFact]
    public async Task CopyWasKilledBefore_CopiedAgain_LeavesNothingOfTheFirstBehind()
    {
        await using (var source = NpgsqlDataSource.Create(connectionString))
        {
            await new Postgres.Migrations.MigrationRunner(source, NullLogger.Instance).RunAsync(default);
        }

        await ExecuteAsync(
            $"""
            INSERT INTO public.OrleansGrainState (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, ServiceId, PayloadBinary, Version)
            VALUES (1, 1, 1, 1, 'left', '{StagedStates.ServicePrefix}sessions', 'x', 1)
            """);

        await CopyAsync();

        Assert.Equal(0, await ScalarAsync("SELECT count(*) FROM public.OrleansGrainState WHERE GrainTypeString = 'left'"));
    }

    [PostgresFact]
    public async Task NodeUsesTheDatabase_Copied_IsRefused()
    {
        await using (var source = NpgsqlDataSource.Create(connectionString))
        {
            await new Postgres.Migrations.MigrationRunner(source, NullLogger.Instance).RunAsync(default);
        }

        await ExecuteAsync(
            """
            INSERT INTO public.OrleansCluster (DeploymentId) VALUES ('sessions');
            INSERT INTO public.OrleansSilo (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
            VALUES ('sessions', '127.0.0.1', 11111, 1, 'silo', 'host', 3, 30000, now(), now())
            """);

        var refusal = await Assert.ThrowsAsync<CopyRefusedException>(() => CopyAsync());

        Assert.Contains("1 node(s) use the database", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, await EverythingAsync());
    }

    [PostgresFact]
    public async Task RoleMayNotWrite_Copied_IsRefusedInOneLine()
    {
        await using (var source = NpgsqlDataSource.Create(connectionString))
        {
            await new Postgres.Migrations.MigrationRunner(source, NullLogger.Instance).RunAsync(default);
        }

        await ExecuteAsync(
            """
            DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN CREATE ROLE reader LOGIN; END IF; END $$;
            GRANT USAGE ON SCHEMA sessions TO reader;
            GRANT SELECT ON ALL TABLES IN SCHEMA sessions TO reader
            """);
        var asReader = new NpgsqlConnectionStringBuilder(connectionString) { Username = "reader" }.ConnectionString;

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(() => CopyAsync(asReader));

        Assert.Contains("permission denied", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("owns the schema", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    private static async Task<List<(SessionId Id, long Sequence)>> PlacesAfterAsync(SessionStorage storage, EventCursor after) =>
        [.. (await StoreContents.ReadLogAsync(storage.Log, null, after, 7)).Select(logged => (logged.Event.SessionId, logged.Event.Sequence))];

    private async Task<ImmutableArray<CopyLine>> CopyAsync(string? to = null)
    {
        using var source = SqliteCopySource.Open(file.Path, TimeProvider.System);
        return await new CopyTarget(to ?? connectionString, NullLoggerFactory.Instance).CopyAsync(source, default);
    }

    private async Task<Opened> OpenAsync()
    {
        var opened = new Opened(SessionsDataSource.Create(connectionString));
        await opened.Storage.Sessions.InitializeAsync(default);
        return opened;
    }

    /// <summary>How many rows there are in all tables that a copy fills.</summary>
    private Task<long> EverythingAsync() => ScalarAsync(
        """
        SELECT (SELECT count(*) FROM sessions.session) + (SELECT count(*) FROM sessions.session_label)
            + (SELECT count(*) FROM sessions.session_event) + (SELECT count(*) FROM sessions.execution) + (SELECT count(*) FROM sessions.data)
            + (SELECT count(*) FROM sessions.policy) + (SELECT count(*) FROM sessions.live_limit)
            + (SELECT count(*) FROM sessions.operation) + (SELECT count(*) FROM public.OrleansGrainState)
        """);

    private async Task<long> ScalarAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Opened(NpgsqlDataSource source) : IAsyncDisposable
    {
        private readonly PostgresStorage storage = source.OpenStore();

        public SessionStorage Storage => storage;

        public async ValueTask DisposeAsync()
        {
            await storage.DisposeAsync();
            await source.DisposeAsync();
        }
    }

    /// <summary>Loses an event that is not the last one.</summary>
    private sealed class LossySource(ICopySource source) : ICopySource
    {
        public long LastPosition => source.LastPosition;

        public CopyCounts Count() => source.Count();

        public IEnumerable<CopiedSession> ReadSessions() => source.ReadSessions();

        public IEnumerable<CopiedAnswer> ReadAnswers() => source.ReadAnswers();

        public IEnumerable<CopiedDataAnswer> ReadDataAnswers() => source.ReadDataAnswers();

        public IEnumerable<CopiedLabel> ReadLabels() => source.ReadLabels();

        public IEnumerable<LoggedEvent> ReadEvents() => source.ReadEvents().Where((_, n) => n != 3);

        public IEnumerable<CopiedExecution> ReadExecutions() => source.ReadExecutions();

        public IEnumerable<CopiedValue> ReadData() => source.ReadData();

        public IEnumerable<CopiedPolicy> ReadPolicies() => source.ReadPolicies();

        public IEnumerable<CopiedLimit> ReadLimits() => source.ReadLimits();

        public IEnumerable<CopiedOperation> ReadOperations() => source.ReadOperations();

        public IEnumerable<CopiedGrainState> ReadGrainStates() => source.ReadGrainStates();
    }
}
