using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.Grains.Isolation;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;
using Sessions.Testing;

namespace Sessions.Cluster.Tests;

/// <summary>Where a client sits.</summary>
public enum Seat
{
    /// <summary>Outside the cluster, behind its gateways.</summary>
    Outside,

    /// <summary>In the first silo.</summary>
    First,

    /// <summary>In the second silo.</summary>
    Second,
}

/// <summary>
/// Two silos in this process, and the real client in each of them and outside. All of them live by the machine's clock, for tests of what
/// really takes time.
/// </summary>
public sealed class LiveFixture : IAsyncLifetime
{
    private SessionsTestCluster host = null!;

    public InProcessTestCluster Cluster => host.Cluster;

    internal SessionStorage Store { get; } = MemoryStorage.Create();

    /// <summary>What was called in any of the silos.</summary>
    public CallCounter Calls { get; } = new();

    /// <summary>What each silo knows of policies.</summary>
    internal IEnumerable<IPolicyBook> Books =>
        Cluster.Silos.Select(silo => Cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<IPolicyBook>());

    public async Task InitializeAsync() => host = await SessionsTestCluster.StartAsync(options =>
    {
        options.Silos = 2;
        options.UseSystemTime = true;
        options.ConfigureSilo = silo =>
        {
            silo.AddSessionStorage(_ => Store);
            silo.AddIncomingGrainCallFilter(Calls);
            silo.Services.PostConfigure<SessionsClientOptions>(client => client.Actor = Clients.CoHosted);
        };
        options.ConfigureClient = client => client.Actor = Clients.Outside;
    });

    public SessionsClient At(Seat seat) => host.At(seat);

    /// <summary>A session in which functions may run.</summary>
    public async Task<SessionHandle> ActivateAsync(SessionOverrides? overrides = null, Seat seat = Seat.Outside)
    {
        var session = await At(seat).CreateAsync(Clients.Creation(overrides));
        await session.ActivateAsync();
        return session;
    }

    public Task DisposeAsync() => host.DisposeAsync().AsTask();
}

[CollectionDefinition(Name)]
public sealed class LiveGroup : ICollectionFixture<LiveFixture>
{
    public const string Name = "live";
}

internal static class Clients
{
    /// <summary>Who acts by the clients inside silos.</summary>
    public static readonly Principal CoHosted = Principal.Parse("co-hosted");

    /// <summary>Who acts by the clients outside the cluster.</summary>
    public static readonly Principal Outside = Principal.Parse("outside");

    public static SessionsClient At(this SessionsTestCluster cluster, Seat seat) => seat switch
    {
        Seat.Outside => cluster.GatewayClient,
        Seat.First => cluster.CoHostedClient(0),
        _ => cluster.CoHostedClient(1),
    };

    /// <summary>
    /// A client outside a cluster that has no address to connect to: what AddSessionsClient would connect by itself is the factory.
    /// </summary>
    /// <param name="grains">The factory.</param>
    /// <param name="clock">The clock of its leases. Default: the machine's.</param>
    public static ServiceProvider Over(IGrainFactory grains, TimeProvider? clock = null) => new ServiceCollection()
        .AddLogging()
        .AddSingleton(grains)
        .AddKeyedSingleton(SessionsDefaults.Clock, clock ?? TimeProvider.System)
        .AddCoHostedSessionsClient(options => options.Actor = Outside)
        .BuildServiceProvider();

    public static CreateSessionOptions Creation(SessionOverrides? overrides = null) => new()
    {
        Namespace = SessionNamespace.Parse("acme/eval"),
        Creator = Commands.Alice,
        Overrides = overrides ?? SessionOverrides.None,
    };
}
