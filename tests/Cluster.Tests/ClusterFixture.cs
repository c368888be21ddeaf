using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Streams;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.Core.Sweeping;
using Sessions.Grains.Hosting;
using Sessions.Grains.Isolation;
using Sessions.Grains.Provisioning;
using Sessions.Grains.Storage.Memory;
using Sessions.TestKit;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>Two silos in this process over one store, with a clock of the sessions' own that only tests move.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    public const string CappedNamespace = "capped";

    public ManualTimeProvider Clock { get; } = new();

    internal FaultyStorage Store { get; } = new(MemoryStorage.Create());

    public GateProvisioner Provisioner { get; } = new();

    /// <summary>What was called in any of the silos.</summary>
    public CallCounter Calls { get; } = new();

    public InProcessTestCluster Cluster { get; private set; } = null!;

    public IGrainFactory Grains => Cluster.Client;

    /// <summary>What each silo knows of policies.</summary>
    internal IEnumerable<IPolicyBook> Books =>
        Cluster.Silos.Select(silo => Cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<IPolicyBook>());

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddKeyedSingleton<TimeProvider>(SessionsServices.Clock, Clock);
            silo.AddSessionStorage(_ => Store.Ports);
            silo.Services.AddSingleton<ISessionProvisioner>(Provisioner);
            silo.AddIncomingGrainCallFilter(Calls);
            silo.Services.AddCoHostedSessionsClient(options => options.Actor = Principal.Parse("co-hosted"));
            silo.AddSessions(options =>
            {
                options.SweepInterval = TimeSpan.FromMilliseconds(50);
                options.Ceilings[CappedNamespace] = new SessionCeiling { MaxDuration = TimeSpan.FromHours(2) };
            });
        });
        builder.ConfigureClient(client => client.AddMemoryStreams(
            SessionsDefaults.NotifyStreamProvider, streams => streams.ConfigureStreamPubSub(StreamPubSubType.ExplicitGrainBasedOnly)));
        Cluster = builder.Build();
        await Cluster.DeployAsync();
    }

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
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
