using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage.GrainState;
using Sessions.Grains.Templates;
using Sessions.Storage.Sqlite.GrainState;
using Sessions.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>What grains keep that are not sessions.</summary>
public sealed class GrainStorageTests : IDisposable
{
    private readonly StoreFolder folder = new();
    private readonly ServiceProvider services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public void Dispose()
    {
        services.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task State_WrittenAndReadAfterARestart_IsThereWithItsEtag()
    {
        var written = Named("one");
        await using (var database = await folder.OpenAsync())
        {
            await Open(database).WriteStateAsync("catalog", Id("a"), written);
        }

        await using var again = await folder.OpenAsync();
        var read = new GrainState<TemplateCatalogState>();
        await Open(again).ReadStateAsync("catalog", Id("a"), read);

        Assert.Equal(("1", "1", true), (written.ETag, read.ETag, read.RecordExists));
        Assert.Equal(written.State!.Names.AsEnumerable(), read.State!.Names);
    }

    [Fact]
    public async Task NoState_Read_IsAFreshOne()
    {
        await using var database = await folder.OpenAsync();
        var read = Named("stale");
        read.ETag = "7";

        await Open(database).ReadStateAsync("catalog", Id("a"), read);

        Assert.Equal((null, false), (read.ETag, read.RecordExists));
        Assert.Empty(read.State!.Names);
    }

    [Fact]
    public async Task ManyFirstWrites_AtOnce_HaveOneWinner()
    {
        await using var database = await folder.OpenAsync();
        var storage = Open(database);
        var states = Enumerable.Range(0, 20).Select(n => Named($"n{n}")).ToList();

        var won = await Task.WhenAll(states.Select(state => Task.Run(() => TryAsync(() => storage.WriteStateAsync("catalog", Id("a"), state)))));

        Assert.Single(won, true);
        var read = new GrainState<TemplateCatalogState>();
        await storage.ReadStateAsync("catalog", Id("a"), read);
        Assert.Equal(states[Array.IndexOf(won, true)].State!.Names.AsEnumerable(), read.State!.Names);
    }

    [Fact]
    public async Task ManyWritesOverOneEtag_AtOnce_HaveOneWinner()
    {
        await using var database = await folder.OpenAsync();
        var storage = Open(database);
        var first = Named("first");
        await storage.WriteStateAsync("catalog", Id("a"), first);

        var won = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(() =>
        {
            var state = Named($"n{n}");
            state.ETag = first.ETag;
            return TryAsync(() => storage.WriteStateAsync("catalog", Id("a"), state));
        })));

        Assert.Single(won, true);
    }

    [Fact]
    public async Task StaleEtag_Written_SaysWhatIsStored()
    {
        await using var database = await folder.OpenAsync();
        var storage = Open(database);
        var state = Named("a");
        await storage.WriteStateAsync("catalog", Id("a"), state);
        await storage.WriteStateAsync("catalog", Id("a"), state);
        state.ETag = "1";

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("catalog", Id("a"), state));

        Assert.Equal(("2", "1"), (conflict.StoredEtag, conflict.CurrentEtag));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("catalog", Id("a"), state));
    }

    [Fact]
    public async Task StateIsCleared_OldEtag_NeverBecomesValidAgain()
    {
        await using var database = await folder.OpenAsync();
        var storage = Open(database);
        var (state, old) = (Named("a"), Named("old"));
        await storage.WriteStateAsync("catalog", Id("a"), state);
        old.ETag = state.ETag;

        await storage.ClearStateAsync("catalog", Id("a"), state);

        Assert.Equal(("2", false), (state.ETag, state.RecordExists));
        Assert.Empty(state.State!.Names);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("catalog", Id("a"), old));
        var read = new GrainState<TemplateCatalogState>();
        await storage.ReadStateAsync("catalog", Id("a"), read);
        Assert.Equal(("2", false), (read.ETag, read.RecordExists));
        await storage.WriteStateAsync("catalog", Id("a"), read);
        Assert.Equal("3", read.ETag);
    }

    [Fact]
    public async Task StateThatWasNeverWritten_Cleared_IsNothing()
    {
        await using var database = await folder.OpenAsync();
        var storage = Open(database);
        var state = new GrainState<TemplateCatalogState>(new());

        await storage.ClearStateAsync("catalog", Id("a"), state);

        Assert.Null(state.ETag);
        await storage.WriteStateAsync("catalog", Id("a"), Named("a"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("catalog", Id("a"), new GrainState<TemplateCatalogState>(new())));
    }

    [Fact]
    public async Task StatesOfOtherGrainsNamesAndServices_Written_AreOthers()
    {
        await using var database = await folder.OpenAsync();
        var (storage, other) = (Open(database), Open(database, "another"));
        (SqliteGrainStorage Storage, string Name, GrainId Id)[] places =
        [
            (storage, "catalog", Id("a")),
            (storage, "catalog", Id("b")),
            (storage, "catalog", GrainId.Create("othertype", "a")),
            (storage, "subscription", Id("a")),
            (other, "catalog", Id("a")),
        ];
        for (var n = 0; n < places.Length; n++)
        {
            await places[n].Storage.WriteStateAsync(places[n].Name, places[n].Id, Named($"n{n}"));
        }

        for (var n = 0; n < places.Length; n++)
        {
            var read = new GrainState<TemplateCatalogState>();
            await places[n].Storage.ReadStateAsync(places[n].Name, places[n].Id, read);
            Assert.Equal($"n{n}", Assert.Single(read.State!.Names));
        }
    }

    private static GrainId Id(string key) => GrainId.Create("catalog", key);

    private static GrainState<TemplateCatalogState> Named(string name) => new(new() { Names = [name] });

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

    private SqliteGrainStorage Open(SqliteDatabase database, string service = "sessions") =>
        new(database, service, new GrainStateSerializer(), services.GetRequiredService<IActivatorProvider>());
}
