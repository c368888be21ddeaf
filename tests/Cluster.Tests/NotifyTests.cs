using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;
using Sessions.Grains.Hosting;
using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>Explicit subscribers of the lifecycle streams, as Orleans has them.</summary>
[Collection(ClusterGroup.Name)]
public sealed class NotifyTests(ClusterFixture cluster)
{
    private readonly SessionNamespace @namespace = SessionNamespace.Parse($"notify-{Guid.NewGuid():n}");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ExplicitSubscriber_InTheSiloOrBehindTheGateway_GetsTheEventsInOrder(bool coHosted)
    {
        var services = coHosted ? cluster.Cluster.GetSiloServiceProvider() : cluster.Cluster.Client.ServiceProvider;
        var stream = services.GetRequiredKeyedService<IStreamProvider>(SessionsDefaults.NotifyStreamProvider)
            .GetStream<SessionEvent>(StreamId.Create(SessionsDefaults.LifecycleStreamNamespace, @namespace.ToString()));
        var seen = new ConcurrentQueue<SessionEvent>();
        var subscription = await stream.SubscribeAsync((e, _) =>
        {
            seen.Enqueue(e);
            return Task.CompletedTask;
        });

        var id = await LiveAsync();

        await Eventually.Holds(() => seen.Count >= 3, "the events are seen");
        Assert.Equal((await cluster.Store.Sessions.ReadEventsAsync(id, 0, 10, default)).AsEnumerable(), seen);
        await subscription.UnsubscribeAsync();
        Assert.Empty(await stream.GetAllSubscriptionHandles());
    }

    [Fact]
    public void ProvidersOfTheHost_OrOfItsConfiguration_AreLeftAsTheyAre()
    {
        var host = Host.CreateApplicationBuilder();
        host.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Orleans:Streaming:notify:ProviderType"] = "Memory" });
        host.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.AddMemoryStreams(SessionsDefaults.LifecycleStreamProvider);
            silo.AddMemoryGrainStorage(SessionsServices.StreamSubscriptions);
            silo.AddSessions();
        });

        foreach (var name in new[] { SessionsDefaults.LifecycleStreamProvider, SessionsDefaults.NotifyStreamProvider })
        {
            Assert.Single(host.Services, service => service.ServiceType == typeof(IStreamProvider) && Equals(service.ServiceKey, name));
        }

        Assert.Single(host.Services, service => service.ServiceType == typeof(Orleans.Storage.IGrainStorage)
            && Equals(service.ServiceKey, SessionsServices.StreamSubscriptions));
    }

    [Fact]
    public void HostThatChoseNone_GetsBothInMemory()
    {
        var host = Host.CreateApplicationBuilder();
        host.UseOrleans(silo => silo.UseLocalhostClustering().AddSessions().AddSessions());

        foreach (var name in new[] { SessionsDefaults.LifecycleStreamProvider, SessionsDefaults.NotifyStreamProvider })
        {
            Assert.Single(host.Services, service => service.ServiceType == typeof(IStreamProvider) && Equals(service.ServiceKey, name));
        }
    }

    private async Task<SessionId> LiveAsync()
    {
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        (await grain.Create(Create(Specification(@namespace.ToString())))).Done();
        (await grain.Close(Close())).Done();
        return id;
    }
}
