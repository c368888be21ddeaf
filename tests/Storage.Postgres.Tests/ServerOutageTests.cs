using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Core;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>A server of its own that goes away and comes back.</summary>
public sealed class ServerOutageTests
{
    [PostgresFact]
    public async Task ServerCrashesUnderLoad_AcknowledgedIsThere_RefusedIsNot_UnknownIsWholeOrAbsent()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var source = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await using var store = Open(source);
        await store.Sessions.InitializeAsync(default);
        var acknowledged = 0;
        var writers = Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            var outcomes = new List<(SessionSave Save, Exception? Failure)>();
            while (outcomes is not [.., (_, not null)])
            {
                var save = SessionRecords.Create();
                try
                {
                    Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(save, default));
                    Interlocked.Increment(ref acknowledged);
                    outcomes.Add((save, null));
                }
                catch (Exception e) when (e is StoreOutcomeUnknownException or StoreUnavailableException)
                {
                    outcomes.Add((save, e));
                }
            }

            return outcomes;
        })).ToList();
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref acknowledged) > 500), "saves flow");

        await server.CrashAsync();
        var all = (await Task.WhenAll(writers)).SelectMany(outcomes => outcomes).ToList();
        Assert.Contains(all, outcome => outcome.Failure is StoreOutcomeUnknownException);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.ProveWriteAsync(default));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.ReadAsync(SessionId.New(), default).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask());
        await server.RestartAsync();

        foreach (var (save, failure) in all)
        {
            var there = await store.Sessions.ReadAsync(save.Record.Id, default) is not null;
            Assert.Equal(there ? 1 : 0, (await store.Sessions.ReadEventsAsync(save.Record.Id, 0, 10, default)).Length);
            Assert.True(failure is StoreOutcomeUnknownException || there == failure is null, failure?.Message ?? "An acknowledged save is lost.");
        }

        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(SessionRecords.Create(), default));
    }

    [PostgresFact]
    public async Task ServerIsRestartedWhileIdle_FirstRead_Answers()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var source = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await using var store = Open(source);
        await store.Sessions.InitializeAsync(default);
        var save = SessionRecords.Create();
        Assert.Equal(SaveOutcome.Saved, await store.Sessions.SaveAsync(save, default));

        await server.StopAsync();
        await server.RestartAsync();

        Assert.NotNull(await store.Sessions.ReadAsync(save.Record.Id, default));
    }

    [Fact]
    public async Task NobodyListens_EveryCall_IsUnavailable()
    {
        await using var source = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Timeout=5");
        await using var store = Open(source);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.InitializeAsync(default));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.ProveWriteAsync(default));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Sessions.SaveAsync(SessionRecords.Create(), default).AsTask());
    }

    private static PostgresStorage Open(NpgsqlDataSource source) =>
        PostgresStorage.Create(source, new PostgresStoreOptions(), TimeProvider.System, NullLoggerFactory.Instance);
}
