using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Hosting;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.Grains.Storage.Memory;
using Sessions.Testing;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>Two silos over one store that can fail, with policies that tests state, and a clock of the sessions' own that tests move.</summary>
public sealed class SharingFixture : IAsyncLifetime
{
    private SessionsTestCluster host = null!;

    public FakeTimeProvider Clock => host.Time;

    internal FaultyStorage Store { get; } = new(MemoryStorage.Create());

    public InProcessTestCluster Cluster => host.Cluster;

    public async Task InitializeAsync() => host = await SessionsTestCluster.StartAsync(options =>
    {
        options.Silos = 2;
        options.ConfigureSilo = silo =>
        {
            silo.AddSessionStorage(_ => Store.Ports);
            silo.Services.PostConfigure<SessionsClientOptions>(client => client.Actor = Clients.CoHosted);
        };
        options.ConfigureClient = client => client.Actor = Clients.Outside;
    });

    public SessionsClient At(Seat seat) => host.At(seat);

    /// <summary>States what a namespace's policy says about data, and returns when every silo goes by it.</summary>
    public async Task StateAsync(string @namespace, params DataRule[] rules)
    {
        var set = await At(Seat.Outside).SetPolicyAsync(
            SessionNamespace.Parse(@namespace), new() { DataRules = [.. rules] }, new() { ApplyNow = true });
        Assert.Equal((0L, 0), (set.Reach!.Missed, set.Reach.MissedSilos));
    }

    public Task DisposeAsync() => host.DisposeAsync().AsTask();
}
