using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using Sessions.Grains.Hosting;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>Orleans' own providers upon our queries: built as a silo builds them, called without starting one.</summary>
public sealed class OrleansProviderTests(OrleansQueries queries) : IClassFixture<OrleansQueries>, IAsyncLifetime
{
    private const string Invariant = "Npgsql";
    private const string Keep = "keep";
    private const string Delete = "delete";

    private IHost host = null!;

    public Task InitializeAsync()
    {
        if (PostgresServer.SkipReason is null)
        {
            host = BuildHost();
        }

        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        host?.Dispose();
        return Task.CompletedTask;
    }

    [PostgresFact]
    public async Task Membership_InsertUpdateAndRead_FollowTheTableVersion()
    {
        var table = await OpenTableAsync();
        var (first, second) = (Entry(1), Entry(2));

        Assert.True(await table.InsertRowAsync(first, (await table.ReadAllAsync()).Version.Next()));
        var version = (await table.ReadAllAsync()).Version;
        Assert.Equal(1, version.Version);

        // Of two that start from one version, the second finds another.
        Assert.True(await table.InsertRowAsync(second, version.Next()));
        Assert.False(await table.InsertRowAsync(Entry(3), version.Next()));
        first.Status = SiloStatus.Active;
        Assert.False(await table.UpdateRowAsync(first, "", version.Next()));
        version = (await table.ReadAllAsync()).Version;
        Assert.Equal(2, version.Version);

        // A silo cannot be inserted twice, nor an unknown one updated, and neither moves the version.
        Assert.False(await table.InsertRowAsync(second, version.Next()));
        Assert.False(await table.UpdateRowAsync(Entry(4), "", version.Next()));
        Assert.Equal(2, (await table.ReadAllAsync()).Version.Version);

        first.AddSuspector(second.SiloAddress, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        var etag = Assert.Single((await table.ReadRowAsync(first.SiloAddress)).Members).Item2;
        Assert.True(await table.UpdateRowAsync(first, etag, version.Next()));

        var row = await table.ReadRowAsync(first.SiloAddress);
        Assert.Equal(3, row.Version.Version);
        var read = Assert.Single(row.Members).Item1;
        Assert.Equal(first.ToString(), read.ToString());
        Assert.Equal(first.StartTime, read.StartTime);
        Assert.Equal(first.SuspectTimes, read.SuspectTimes);
        Assert.Equal(2, (await table.ReadAllAsync()).Members.Count);
        Assert.Empty((await table.ReadRowAsync(Entry(9).SiloAddress)).Members);
    }

    [PostgresFact]
    public async Task Membership_HeartbeatAndCleanup_LeaveTheVersion()
    {
        var table = await OpenTableAsync();
        var (active, dead, fresh) = (Entry(1, SiloStatus.Active), Entry(2, SiloStatus.Dead), Entry(3, SiloStatus.Dead));
        foreach (var entry in new[] { active, dead, fresh })
        {
            Assert.True(await table.InsertRowAsync(entry, (await table.ReadAllAsync()).Version.Next()));
        }

        fresh.IAmAliveTime = fresh.IAmAliveTime.AddDays(1);
        await table.UpdateIAmAliveAsync(fresh);
        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(dead.IAmAliveTime.AddMinutes(1)));

        var all = await table.ReadAllAsync();
        Assert.Equal(3, all.Version.Version);
        Assert.Equal(
            new[] { active.SiloAddress, fresh.SiloAddress }.Order(),
            all.Members.Select(member => member.Item1.SiloAddress).Order());
        Assert.Equal(fresh.IAmAliveTime, (await table.ReadRowAsync(fresh.SiloAddress)).Members[0].Item1.IAmAliveTime);
    }

    [PostgresFact]
    public async Task Membership_InitializedTwiceAndDeleted_IsOneClusterThenNone()
    {
        var table = await OpenTableAsync();
        await table.InitializeMembershipTableAsync(true);
        await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync()).Version.Next());
        var clusterId = host.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<ClusterOptions>>().Value.ClusterId;

        await table.DeleteMembershipTableEntriesAsync(clusterId);
        await table.InitializeMembershipTableAsync(true);

        var all = await table.ReadAllAsync();
        Assert.Equal(0, all.Version.Version);
        Assert.Empty(all.Members);
    }

    [PostgresFact]
    public async Task Membership_RacingInserts_EachVersionHasOneWinner()
    {
        var table = await OpenTableAsync();

        for (var round = 0; round < 20; round++)
        {
            var version = (await table.ReadAllAsync()).Version.Next();
            var won = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(() => table.InsertRowAsync(Entry((round * 4) + n + 1), version))));

            Assert.Single(won, true);
        }

        var all = await table.ReadAllAsync();
        Assert.Equal((20, 20), (all.Version.Version, all.Members.Count));
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

    private static MembershipEntry Entry(int generation, SiloStatus status = SiloStatus.Joining) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Loopback, 11111, generation),
        SiloName = "silo-" + generation,
        HostName = "here",
        Status = status,
        ProxyPort = 30000,
        StartTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        IAmAliveTime = new DateTime(2026, 1, 1, 0, 0, 1, DateTimeKind.Utc),
    };

    private IHost BuildHost()
    {
        var connectionString = queries.Source.ConnectionString;
        return Host.CreateApplicationBuilder().UseOrleans(silo => silo
            .Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = Guid.NewGuid().ToString())
            .UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString))
            .AddAdoNetGrainStorage(Keep, options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString))
            .AddAdoNetGrainStorage(
                Delete,
                options => (options.Invariant, options.ConnectionString, options.DeleteStateOnClear) = (Invariant, connectionString, true)))
            .Build();
    }

    private async Task<IMembershipTable> OpenTableAsync()
    {
        var table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(true);
        return table;
    }

    private async Task<IGrainStorage> OpenStorageAsync(string name)
    {
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>(name);
        var start = new StorageStart();
        ((ILifecycleParticipant<ISiloLifecycle>)storage).Participate(start);
        await start.RunAsync();
        return storage;
    }

    [GenerateSerializer]
    public sealed class Note
    {
        [Id(0)]
        public string Text { get; set; } = "";
    }

    /// <summary>As much of a silo's start as a storage provider takes part in.</summary>
    private sealed class StorageStart : ISiloLifecycle
    {
        private readonly List<ILifecycleObserver> observers = [];

        public int HighestCompletedStage => 0;

        public int LowestStoppedStage => 0;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            observers.Add(observer);
            return new Subscription();
        }

        public async Task RunAsync()
        {
            foreach (var observer in observers)
            {
                await observer.OnStart(CancellationToken.None);
            }
        }

        private sealed class Subscription : IDisposable
        {
            public void Dispose()
            {
            }
        }
    }
}
