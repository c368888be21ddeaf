using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Streams;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.Grains.Isolation;
using Sessions.Grains.Provisioning;
using Sessions.Grains.Storage.Memory;
using Sessions.Testing;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>Two silos in this process over one store, with a clock of the sessions' own that only tests move.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    public const string CappedNamespace = "capped";

    private SessionsTestCluster host = null!;

    // No whole microsecond: what a store rounds off is to show.
    public AwaitedTimeProvider Clock { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(1_234_567));

    internal FaultyStorage Store { get; } = new(MemoryStorage.Create());

    public GateProvisioner Provisioner { get; } = new();

    /// <summary>What was called in any of the silos.</summary>
    public CallCounter Calls { get; } = new();

    public InProcessTestCluster Cluster => host.Cluster;

    public IGrainFactory Grains => host.Grains;

    /// <summary>What each silo knows of policies.</summary>
    internal IEnumerable<IPolicyBook> Books =>
        Cluster.Silos.Select(silo => Cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<IPolicyBook>());

    public async Task InitializeAsync() => host = await SessionsTestCluster.StartAsync(options =>
    {
        options.Silos = 2;
        options.Time = Clock;
        options.ConfigureSilo = silo =>
        {
            silo.AddSessionStorage(_ => Store.Ports);
            silo.Services.AddSingleton<ISessionProvisioner>(Provisioner);
            silo.AddIncomingGrainCallFilter(Calls);
            silo.Services.PostConfigure<SessionsClientOptions>(client => client.Actor = Clients.CoHosted);
        };
        options.ConfigureSessions = sessions => sessions.Ceilings[CappedNamespace] = new SessionCeiling { MaxDuration = TimeSpan.FromHours(2) };
        options.ConfigureOrleansClient = client => client.AddMemoryStreams(
            SessionsDefaults.NotifyStreamProvider, streams => streams.ConfigureStreamPubSub(StreamPubSubType.ExplicitGrainBasedOnly));
    });

    public Task DisposeAsync() => host.DisposeAsync().AsTask();
}

[CollectionDefinition(Name)]
public sealed class ClusterGroup : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}

/// <summary>A cluster for the tests that take longest, so that they run beside the others.</summary>
[CollectionDefinition(Name)]
public sealed class CrowdGroup : ICollectionFixture<ClusterFixture>
{
    public const string Name = "crowd";
}
