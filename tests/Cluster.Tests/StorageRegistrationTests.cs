using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;
using Sessions.TestKit;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>Which store a silo's parts get, by what the host has registered.</summary>
public sealed class StorageRegistrationTests
{
    [Fact]
    public async Task NothingChosen_PortsResolved_AreThoseOfOneStoreInMemory()
    {
        using var host = Build(silo => silo.AddSessions());

        var storage = host.Services.GetRequiredService<SessionStorage>();
        AssertPorts(host.Services, storage);
        var save = SessionRecords.Create();
        Assert.Equal(SaveOutcome.Saved, await storage.Sessions.SaveAsync(save, default));
        Assert.Single((await storage.Log.ReadLogAsync(save.Record.Namespace, EventCursor.Start, 10, default)).Events);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void StoreOfTheHost_AddedBeforeOrAfterSessions_HasAllPorts(bool before)
    {
        var (first, last) = (MemoryStorage.Create(), MemoryStorage.Create());
        using var host = Build(silo =>
        {
            silo.AddSessionStorage(_ => first);
            if (before)
            {
                silo.AddSessionStorage(_ => last).AddSessions();
            }
            else
            {
                silo.AddSessions().AddSessionStorage(_ => last);
            }
        });

        Assert.Same(last, host.Services.GetRequiredService<SessionStorage>());
        AssertPorts(host.Services, last);
    }

    [Fact]
    public void PortOfTheHost_RegisteredBeforeSessions_IsKept_AndTheOthersAreThoseOfTheStore()
    {
        var storage = MemoryStorage.Create();
        var own = new FaultyEventLog(storage.Log);
        using var host = Build(silo =>
        {
            silo.Services.AddSingleton<IEventLog>(own);
            silo.AddSessionStorage(_ => storage).AddSessions();
        });

        AssertPorts(host.Services, storage with { Log = own });
    }

    [Fact]
    public async Task StoreThatIsDisposable_HostDisposed_IsDisposedOf()
    {
        var storage = new DisposableStorage(MemoryStorage.Create());
        var host = Build(silo => silo.AddSessionStorage(_ => storage).AddSessions());
        AssertPorts(host.Services, storage);

        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.True(storage.IsDisposed);
    }

    private static void AssertPorts(IServiceProvider services, SessionStorage expected)
    {
        Assert.Same(expected.Sessions, services.GetRequiredService<ISessionStore>());
        Assert.Same(expected.Due, services.GetRequiredService<IDueSessions>());
        Assert.Same(expected.Log, services.GetRequiredService<IEventLog>());
        Assert.Same(expected.Search, services.GetRequiredService<ISessionSearch>());
        Assert.Same(expected.Data, services.GetRequiredService<ISessionDataStore>());
        Assert.Same(expected.Policies, services.GetRequiredService<IPolicyStore>());
        Assert.Same(expected.Operations, services.GetRequiredService<IOperationStore>());
    }

    private static IHost Build(Action<ISiloBuilder> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo => configure(silo.UseLocalhostClustering()));
        return builder.Build();
    }

    private sealed record DisposableStorage : SessionStorage, IAsyncDisposable
    {
        public DisposableStorage(SessionStorage inner)
            : base(inner)
        {
        }

        public bool IsDisposed { get; private set; }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
