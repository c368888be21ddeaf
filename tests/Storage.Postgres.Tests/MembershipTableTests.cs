using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;
using Sessions.Grains.Hosting;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>Orleans' membership table upon our queries: built as a silo builds it, called without starting one.</summary>
public sealed class MembershipTableTests(OrleansQueries queries) : IClassFixture<OrleansQueries>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Cutoff = Start.AddDays(1);

    private readonly List<IHost> hosts = [];
    private IMembershipTable table = null!;

    private string ClusterId => hosts[0].Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId;

    public async Task InitializeAsync()
    {
        if (PostgresServer.SkipReason is null)
        {
            table = OpenTable();
            await table.InitializeMembershipTableAsync(true);
        }
    }

    public Task DisposeAsync()
    {
        hosts.ForEach(host => host.Dispose());
        return Task.CompletedTask;
    }

    [PostgresFact]
    public async Task EveryMember_WholeLifeOfACluster_FollowsTheContract()
    {
        MembershipMembers[] both = [new(OpenTable(), obsolete: false), new(OpenTable(), obsolete: true)];

        for (var i = 0; i < both.Length; i++)
        {
            await LiveAsync(both[i], hosts[i + 1].Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId);
        }

        // A member that a newer Orleans adds has to be called in the life below, or this fails.
        Assert.Equal(
            typeof(IMembershipTable).GetMethods().Select(method => method.ToString()).Order(),
            both.SelectMany(members => members.Called).Select(method => method.ToString()).Order());
    }

    [PostgresFact]
    public async Task StartedFromOneVersion_SecondChange_IsRefused()
    {
        var (first, second) = (Entry(1), Entry(2));
        await InsertAsync(first);
        var version = await ReadVersionAsync();

        Assert.True(await table.InsertRowAsync(second, version.Next()));

        Assert.False(await table.InsertRowAsync(Entry(3), version.Next()));
        Assert.False(await table.UpdateRowAsync(first, version.VersionEtag, version.Next()));
        Assert.Equal(2, (await ReadVersionAsync()).Version);
    }

    [PostgresFact]
    public async Task SiloInTheTableOrNot_InsertAgainOrUpdateUnknown_IsRefusedAndLeavesTheVersion()
    {
        await InsertAsync(Entry(1));
        var version = await ReadVersionAsync();

        Assert.False(await table.InsertRowAsync(Entry(1), version.Next()));
        Assert.False(await table.UpdateRowAsync(Entry(2), version.VersionEtag, version.Next()));

        Assert.Equal(1, (await ReadVersionAsync()).Version);
        Assert.Empty((await table.ReadRowAsync(Entry(2).SiloAddress)).Members);
    }

    [PostgresTheory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("2")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData("other")]
    public async Task EtagIsNotTheOneRead_Update_IsRefusedAndChangesNothing(string etag)
    {
        var entry = Entry(1);
        await InsertAsync(entry);
        var version = await ReadVersionAsync();
        entry.Status = SiloStatus.Dead;

        Assert.False(await table.UpdateRowAsync(entry, etag, version.Next()));
        Assert.False(await table.UpdateRowAsync(entry, etag, new TableVersion(2, etag)));

        var row = await table.ReadRowAsync(entry.SiloAddress);
        Assert.Equal(1, row.Version.Version);
        Assert.Equal(SiloStatus.Joining, Assert.Single(row.Members).Item1.Status);
    }

    [PostgresFact]
    public async Task HeartbeatAfterTheRead_Update_IsAccepted()
    {
        var entry = Entry(1);
        await InsertAsync(entry);
        var read = await table.ReadRowAsync(entry.SiloAddress);
        entry.IAmAliveTime = entry.IAmAliveTime.AddMinutes(1);

        await table.UpdateIAmAliveAsync(entry);

        Assert.True(await table.UpdateRowAsync(entry, Assert.Single(read.Members).Item2, read.Version.Next()));
        Assert.Equal(2, (await ReadVersionAsync()).Version);
    }

    [PostgresTheory]
    [InlineData(SiloStatus.Dead, -1, -1, null, true)]
    [InlineData(SiloStatus.Dead, -1, -1, -1, true)]
    [InlineData(SiloStatus.Dead, -1, 0, null, false)]
    [InlineData(SiloStatus.Dead, 0, -1, null, false)]
    [InlineData(SiloStatus.Dead, -1, 1, null, false)]
    [InlineData(SiloStatus.Dead, -1, -1, 0, false)]
    [InlineData(SiloStatus.Created, -1, -1, null, false)]
    [InlineData(SiloStatus.Joining, -1, -1, null, false)]
    [InlineData(SiloStatus.Active, -1, -1, null, false)]
    [InlineData(SiloStatus.ShuttingDown, -1, -1, null, false)]
    [InlineData(SiloStatus.Stopping, -1, -1, null, false)]
    public async Task SiloOfAnyAge_CleanUp_RemovesItOnlyIfItIsDeadAndOld(
        SiloStatus status, int startedSecondsAfterCutoff, int aliveSecondsAfterCutoff, int? suspectedSecondsAfterCutoff, bool isRemoved)
    {
        var entry = Entry(1, status);
        entry.StartTime = Cutoff.AddSeconds(startedSecondsAfterCutoff);
        entry.IAmAliveTime = Cutoff.AddSeconds(aliveSecondsAfterCutoff);
        await InsertAsync(entry);
        if (suspectedSecondsAfterCutoff is { } seconds)
        {
            entry.AddSuspector(Entry(2).SiloAddress, Cutoff.AddSeconds(seconds));
            await UpdateAsync(entry);
        }

        var version = await ReadVersionAsync();

        await table.CleanupDefunctSiloEntriesAsync(Cutoff);

        var all = await table.ReadAllAsync();
        Assert.Equal(isRemoved ? 0 : 1, all.Members.Count);
        Assert.Equal(version.Version, all.Version.Version);
    }

    [PostgresFact]
    public async Task RowChangedAfterItWasRead_CleanUpOfTheEntry_LeavesIt()
    {
        await InsertAsync(Entry(1, SiloStatus.Dead));
        await InsertAsync(Entry(2));
        (string, object?)[] read = [.. Key(1), ("StartTime", Start), ("IAmAliveTime", Start.AddSeconds(1)), ("SuspectTimes", null)];

        foreach (var (name, value) in ((string, object?)[])
            [("StartTime", Start.AddSeconds(1)), ("IAmAliveTime", Start), ("SuspectTimes", "a vote"), ("Generation", 2), ("DeploymentId", "other")])
        {
            await queries.RunAsync("CleanupDefunctSiloEntryKey", [.. read.Select(part => part.Item1 == name ? (name, value) : part)]);
        }

        Assert.Equal(2, (await table.ReadAllAsync()).Members.Count);
        await queries.RunAsync("CleanupDefunctSiloEntryKey", read);
        Assert.Equal(Entry(2).SiloAddress, Assert.Single((await table.ReadAllAsync()).Members).Item1.SiloAddress);
    }

    [PostgresFact]
    public async Task CleanUpIsAboutToRemoveTheRow_Update_IsRefusedAndLeavesTheVersion()
    {
        var entry = Entry(1, SiloStatus.Dead);
        await InsertAsync(entry);
        var version = await ReadVersionAsync();
        await using var connection = await queries.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await queries.RunAsync(
            connection,
            "CleanupDefunctSiloEntryKey",
            [.. Key(1), ("StartTime", Start), ("IAmAliveTime", Start.AddSeconds(1)), ("SuspectTimes", null)]);

        var update = table.UpdateRowAsync(entry, version.VersionEtag, version.Next());
        await BlocksAsync(connection, 1);
        await transaction.CommitAsync();

        Assert.False(await update);
        Assert.Equal(1, (await ReadVersionAsync()).Version);
        Assert.Empty((await table.ReadAllAsync()).Members);
    }

    [PostgresFact]
    public async Task UpdateIsAboutToChangeTheRow_CleanUp_LeavesIt()
    {
        await InsertAsync(Entry(1, SiloStatus.Dead));
        await using var connection = await queries.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.Equal(true, await queries.RunAsync(
            connection,
            "UpdateMembershipKey",
            [.. Key(1), ("Version", 1), ("Status", (int)SiloStatus.Dead), ("SuspectTimes", null), ("IAmAliveTime", Cutoff)]));

        var cleanup = table.CleanupDefunctSiloEntriesAsync(Cutoff);
        await BlocksAsync(connection, 1);
        await transaction.CommitAsync();
        await cleanup;

        Assert.Equal(Cutoff, Assert.Single((await table.ReadAllAsync()).Members).Item1.IAmAliveTime);
    }

    [PostgresFact]
    public async Task UpdateAndDeletionOfTheCluster_Race_NeitherFails()
    {
        var entry = Entry(1);
        await InsertAsync(entry);
        var version = await ReadVersionAsync();
        await using var connection = await queries.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("SELECT FROM public.OrleansSilo WHERE DeploymentId = @id FOR UPDATE", connection);
        hold.Parameters.AddWithValue("id", ClusterId);
        await hold.ExecuteNonQueryAsync();
        var deletion = table.DeleteMembershipTableEntriesAsync(ClusterId);
        await BlocksAsync(connection, 1);
        var update = table.UpdateRowAsync(entry, version.VersionEtag, version.Next());
        await BlocksAsync(connection, 2);

        await transaction.CommitAsync();

        await deletion;
        await update;
        await table.InitializeMembershipTableAsync(true);
        Assert.Equal(0, (await ReadVersionAsync()).Version);
    }

    [PostgresFact]
    public async Task Inserts_Race_EachVersionHasOneWinner()
    {
        for (var round = 0; round < 20; round++)
        {
            var version = (await ReadVersionAsync()).Next();
            var won = await Task.WhenAll(
                Enumerable.Range(1, 4).Select(n => Task.Run(() => table.InsertRowAsync(Entry((round * 4) + n), version))));

            Assert.Single(won, true);
        }

        var all = await table.ReadAllAsync();
        Assert.Equal((20, 20), (all.Version.Version, all.Members.Count));
    }

    [PostgresFact]
    public async Task Updates_Race_EachVersionHasOneWinner()
    {
        for (var silo = 1; silo <= 4; silo++)
        {
            await InsertAsync(Entry(silo));
        }

        for (var round = 0; round < 20; round++)
        {
            var version = await ReadVersionAsync();
            var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(
                () => table.UpdateRowAsync(Entry((n / 2) + 1, SiloStatus.Active), version.VersionEtag, version.Next()))));

            Assert.Single(won, true);
        }

        Assert.Equal(24, (await ReadVersionAsync()).Version);
    }

    [PostgresFact]
    public async Task TokenIsCancelled_EveryMemberThatTakesOne_DoesNothing()
    {
        await InsertAsync(Entry(1, SiloStatus.Dead));
        var version = await ReadVersionAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        Func<CancellationToken, Task>[] calls =
        [
            token => table.InitializeMembershipTableAsync(true, token),
            token => table.ReadAllAsync(token),
            token => table.ReadRowAsync(Entry(1).SiloAddress, token),
            token => table.InsertRowAsync(Entry(2), version.Next(), token),
            token => table.UpdateRowAsync(Entry(1), version.VersionEtag, version.Next(), token),
            token => table.UpdateIAmAliveAsync(Entry(1), token),
            token => table.CleanupDefunctSiloEntriesAsync(Cutoff, token),
            token => table.DeleteMembershipTableEntriesAsync(ClusterId, token),
        ];

        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call(cancelled.Token));
        }

        var all = await table.ReadAllAsync();
        Assert.Equal(1, all.Version.Version);
        Assert.Equal(SiloStatus.Dead, Assert.Single(all.Members).Item1.Status);
    }

    private static async Task LiveAsync(MembershipMembers members, string clusterId)
    {
        await members.InitializeAsync(false);
        await members.InitializeAsync(true);
        await members.InitializeAsync(true);
        var empty = await members.ReadAllAsync();
        Assert.Empty(empty.Members);
        Assert.Equal((0, "0"), (empty.Version.Version, empty.Version.VersionEtag));

        var (silo, dead) = (Entry(1), Entry(2, SiloStatus.Dead));
        Assert.True(await members.InsertAsync(silo, empty.Version.Next()));
        Assert.True(await members.InsertAsync(dead, (await members.ReadAllAsync()).Version.Next()));
        Assert.False(await members.InsertAsync(Entry(3), empty.Version.Next()));

        silo.Status = SiloStatus.Active;
        silo.AddSuspector(dead.SiloAddress, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        var read = await members.ReadRowAsync(silo.SiloAddress);
        Assert.False(await members.UpdateAsync(silo, "other", read.Version.Next()));
        Assert.True(await members.UpdateAsync(silo, Assert.Single(read.Members).Item2, read.Version.Next()));
        silo.IAmAliveTime = silo.IAmAliveTime.AddMinutes(1);
        await members.UpdateIAmAliveAsync(silo);
        await members.CleanUpAsync(Cutoff);

        var all = await members.ReadAllAsync();
        Assert.Equal(3, all.Version.Version);
        var kept = Assert.Single(all.Members).Item1;
        Assert.Equal(silo.ToString(), kept.ToString());
        Assert.Equal(
            (silo.StartTime, silo.IAmAliveTime, silo.ProxyPort, silo.HostName, silo.SiloName),
            (kept.StartTime, kept.IAmAliveTime, kept.ProxyPort, kept.HostName, kept.SiloName));
        Assert.Equal(silo.SuspectTimes, kept.SuspectTimes);
        Assert.Empty((await members.ReadRowAsync(dead.SiloAddress)).Members);

        await members.DeleteAsync(clusterId);
        await members.InitializeAsync(true);
        Assert.Equal(0, (await members.ReadAllAsync()).Version.Version);
    }

    private static MembershipEntry Entry(int generation, SiloStatus status = SiloStatus.Joining) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Loopback, 11111, generation),
        SiloName = "silo-" + generation,
        HostName = "here",
        Status = status,
        ProxyPort = 30000,
        StartTime = Start,
        IAmAliveTime = Start.AddSeconds(1),
    };

    /// <summary>Waits until so many statements wait for this connection, or for one that waits for it.</summary>
    private static async Task BlocksAsync(NpgsqlConnection connection, int statements)
    {
        await using var blocked = new NpgsqlCommand(
            """
            SELECT count(*)::int FROM pg_stat_activity
            WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
            """,
            connection);
        await Eventually.TrueAsync(
            async () => (int)(await blocked.ExecuteScalarAsync())! >= statements, $"{statements} statements wait");
    }

    private (string Name, object? Value)[] Key(int generation) =>
        [("DeploymentId", ClusterId), ("Address", "127.0.0.1"), ("Port", 11111), ("Generation", generation)];

    private IMembershipTable OpenTable()
    {
        hosts.Add(ProviderHost.Build(queries.Source.ConnectionString));
        return hosts[^1].Services.GetRequiredService<IMembershipTable>();
    }

    private async Task<TableVersion> ReadVersionAsync() => (await table.ReadAllAsync()).Version;

    private async Task InsertAsync(MembershipEntry entry) =>
        Assert.True(await table.InsertRowAsync(entry, (await ReadVersionAsync()).Next()));

    private async Task UpdateAsync(MembershipEntry entry)
    {
        var version = await ReadVersionAsync();
        Assert.True(await table.UpdateRowAsync(entry, version.VersionEtag, version.Next()));
    }
}
