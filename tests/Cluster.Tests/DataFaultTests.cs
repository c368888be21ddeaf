using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Client;
using Sessions.Core.Data;
using Sessions.TestKit;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>Session data where the store fails, others write too, and time goes by: a cluster of its own, whose clock these tests move.</summary>
public sealed class DataFaultTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private static readonly DataKey Key = DataKey.Parse("a");

    private SessionsClient Client =>
        cluster.Cluster.GetSiloServiceProvider(cluster.Cluster.Silos[0].SiloAddress).GetRequiredService<SessionsClient>();

    [Theory]
    [InlineData(StoreFault.CommitsAndFails)]
    [InlineData(StoreFault.LosesAndFails)]
    [InlineData(StoreFault.Refuses)]
    public async Task Put_WhoseAnswerIsLost_IsDoneOnce(StoreFault fault)
    {
        var session = await CreateAsync();
        await session.Data.PutAsync(Key, Utf8("before"));
        cluster.Store.Data.FailNextDataWrite(session.Id, fault);

        var version = await session.Data.PutAsync(Key, Utf8("after"), new() { ExpectedVersion = 1 });

        Assert.Equal(2, version);
        Assert.Equal(("after", 2), await HeldAsync(session));
        Assert.Equal(3, await session.Data.DeleteAsync(Key));
    }

    [Fact]
    public async Task Put_RepeatedByTheCallerAfterOthersWrote_DoesNotTakeThatBack()
    {
        var session = await CreateAsync();
        var options = new DataWriteOptions { CommandId = CommandId.New() };
        await session.Data.PutAsync(Key, Utf8("mine"), options);
        await session.Data.PutAsync(Key, Utf8("theirs"));

        Assert.Equal(1, await session.Data.PutAsync(Key, Utf8("mine"), options));
        Assert.Equal(("theirs", 2), await HeldAsync(session));
    }

    [Fact]
    public async Task Value_ReadAgain_CostsNoLookIntoTheStore()
    {
        var session = await CreateAsync();
        await session.Data.PutAsync(Key, Utf8("1"));
        var before = cluster.Store.Data.DataReads;

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("1", Text(await session.Data.GetAsync(Key)));
        }

        Assert.Equal(before, cluster.Store.Data.DataReads);
    }

    [Fact]
    public async Task Value_WrittenByAnotherActivation_IsShownToWhoeverKnowsOfItAtOnceAndToEverybodySoon()
    {
        var session = await CreateAsync();
        await session.Data.PutAsync(Key, Utf8("1"));
        var grain = cluster.Grains.GetSessionData(session.Id);
        var request = new DataRequest { Verb = DataVerb.Get, Key = Key, Actor = Commands.Alice };
        var record = (await cluster.Store.Sessions.ReadAsync(session.Id, default))!;
        await cluster.Store.Data.WriteDataAsync(DataSpaces.Of(record), new(CommandId.New(), Key, [(byte)'2'], null), default);

        Assert.Equal("1", Text((await grain.Access(request)).Value));
        Assert.Equal("2", Text((await grain.Access(request with { SeenDataVersion = 2 })).Value));
        await cluster.Store.Data.WriteDataAsync(DataSpaces.Of(record), new(CommandId.New(), Key, [(byte)'3'], null), default);
        Assert.Equal("2", Text((await grain.Access(request)).Value));
        cluster.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("3", Text((await grain.Access(request)).Value));
    }

    [Fact]
    public async Task Data_OfASessionThatHasEnded_IsKeptForRetentionAndThenDroppedByTheSweep()
    {
        var session = await CreateAsync();
        await session.Data.PutAsync(Key, Utf8("1"));
        await session.CloseAsync();
        var record = (await cluster.Store.Sessions.ReadAsync(session.Id, default))!;
        cluster.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("1", Text(await session.Data.GetAsync(Key)));
        Assert.True(record.HasData);

        cluster.Clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(1));

        // Whoever looks finds nothing, at whatever pace the sweep comes by.
        Assert.Null(await session.Data.GetAsync(Key));
        Assert.Equal(0, await session.Data.ListAsync().CountAsync());
        await Eventually.Get(
            () => cluster.Store.Sessions.ReadAsync(session.Id, default), held => held is { HasData: false, Usage.DataBytes: 0 }, "the data is dropped");
        Assert.Empty(await cluster.Store.Data.ListDataAsync(DataSpaces.Of(record), "", null, 10, default));
        Assert.Equal((SessionStatus.Closed, record.EndedAt), ((await session.GetAsync()).Status, session.LastSeen!.EndedAt));
    }

    [Fact]
    public async Task Session_ThatExpiresWithData_IsDroppedToo()
    {
        var session = await CreateAsync(new() { MaxDuration = TimeSpan.FromMinutes(1) });
        await session.Data.PutAsync(Key, Utf8("1"));

        cluster.Clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(1));
        await Eventually.Get(() => cluster.Store.Sessions.ReadAsync(session.Id, default), held => held?.EndReason == EndReason.Expired, "it expires");
        cluster.Clock.Advance(TimeSpan.FromMinutes(60) + TimeSpan.FromMilliseconds(1));

        await Eventually.Get(() => cluster.Store.Sessions.ReadAsync(session.Id, default), held => held is { HasData: false }, "the data is dropped");
    }

    private Task<SessionHandle> CreateAsync(SessionOverrides? overrides = null) =>
        Client.CreateAsync(Clients.Creation(overrides ?? new() { MaxDuration = TimeSpan.FromDays(30) }));

    private static async Task<(string?, long)> HeldAsync(SessionHandle session)
    {
        var held = await session.Data.GetAsync(Key);
        return (Text(held), held!.Version);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(DataValue? value) => value is null ? null : Encoding.UTF8.GetString(value.Value.AsSpan());
}
