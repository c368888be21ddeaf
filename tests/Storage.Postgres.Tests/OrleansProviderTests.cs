using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Sessions.Grains.Hosting;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>Orleans' grain storage upon our queries: built as a silo builds it, called without starting one.</summary>
public sealed class OrleansProviderTests(OrleansQueries queries) : IClassFixture<OrleansQueries>, IAsyncLifetime
{
    private const string Keep = ProviderHost.Keep;
    private const string Delete = ProviderHost.Delete;

    private IHost host = null!;

    public Task InitializeAsync()
    {
        if (PostgresServer.SkipReason is null)
        {
            host = ProviderHost.Build(queries.Source.ConnectionString);
        }

        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        host?.Dispose();
        return Task.CompletedTask;
    }

    [PostgresTheory]
    [InlineData(Keep)]
    [InlineData(Delete)]
    public async Task GrainStorage_RacingFirstWrites_OneWinsAndTheOthersAreTold(string provider)
    {
        var storage = await OpenStorageAsync(provider);
        for (var round = 0; round < 20; round++)
        {
            var grain = GrainId.Create("racer", $"{provider}-{round}");

            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
            {
                var state = new GrainState<Note>(new Note { Text = $"writer {n}" });
                return await TryAsync(() => storage.WriteStateAsync("state", grain, state)) ? state.State!.Text : null;
            })));

            var winner = Assert.Single(outcomes, outcome => outcome is not null);
            Assert.Equal(winner, (await ReadAsync(storage, grain)).State!.Text);
        }
    }

    [PostgresTheory]
    [InlineData(Keep, "plain")]
    [InlineData(Keep, "0123456789abcdef0123456789abcdef")]
    [InlineData(Delete, "plain")]
    public async Task GrainStorage_WholeLife_FollowsTheVersion(string provider, string key)
    {
        var storage = await OpenStorageAsync(provider);
        var grain = GrainId.Create("liver", key);
        var mine = await ReadAsync(storage, grain);
        Assert.False(mine.RecordExists);
        mine.State = new Note { Text = "one" };
        await storage.WriteStateAsync("state", grain, mine);
        var other = await ReadAsync(storage, grain);
        Assert.Equal("one", other.State!.Text);

        mine.State = new Note { Text = "two" };
        await storage.WriteStateAsync("state", grain, mine);

        Assert.False(await TryAsync(() => storage.WriteStateAsync("state", grain, other)));
        Assert.False(await TryAsync(() => storage.ClearStateAsync("state", grain, other)));
        Assert.Equal("two", (await ReadAsync(storage, grain)).State!.Text);

        await storage.ClearStateAsync("state", grain, mine);
        Assert.False((await ReadAsync(storage, grain)).RecordExists);
        Assert.False(await TryAsync(() => storage.WriteStateAsync("state", grain, other)));

        mine.State = new Note { Text = "three" };
        await storage.WriteStateAsync("state", grain, mine);
        Assert.Equal("three", (await ReadAsync(storage, grain)).State!.Text);
    }

    private static async Task<bool> TryAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private static async Task<GrainState<Note>> ReadAsync(IGrainStorage storage, GrainId grain)
    {
        var state = new GrainState<Note>(new Note());
        await storage.ReadStateAsync("state", grain, state);
        return state;
    }

    private Task<IGrainStorage> OpenStorageAsync(string name) => host.OpenGrainStorageAsync(name);

    [GenerateSerializer]
    public sealed class Note
    {
        [Id(0)]
        public string Text { get; set; } = "";
    }
}
