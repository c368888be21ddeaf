using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.Core.Sweeping;
using Sessions.Grains.Isolation;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;

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
/// Two silos in this process, and the real client in each of them and outside. All of them live by the system's clock: leases are
/// promises between a client's clock and the session's, and only tests of one of the two can do with a clock that stands still.
/// </summary>
public sealed class LiveFixture : IAsyncLifetime
{
    private ServiceProvider? outside;

    public InProcessTestCluster Cluster { get; private set; } = null!;

    internal SessionStorage Store { get; } = MemoryStorage.Create();

    /// <summary>What was called in any of the silos.</summary>
    public CallCounter Calls { get; } = new();

    /// <summary>What each silo knows of policies.</summary>
    internal IEnumerable<IPolicyBook> Books =>
        Cluster.Silos.Select(silo => Cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<IPolicyBook>());

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddSessionStorage(_ => Store);
            silo.AddIncomingGrainCallFilter(Calls);
            silo.Services.AddSessionGuards();
            silo.Services.Configure<SessionsClientOptions>(options => options.Actor = Principal.Parse("co-hosted"));
            silo.AddSessions(options => options.SweepInterval = TimeSpan.FromMilliseconds(50));
        });
        Cluster = builder.Build();
        await Cluster.DeployAsync();
        outside = Clients.Over(Cluster.Client);
        await outside.GetRequiredService<SessionsClient>().ConnectAsync();
    }

    public SessionsClient At(Seat seat) => seat == Seat.Outside
        ? outside!.GetRequiredService<SessionsClient>()
        : Cluster.GetSiloServiceProvider(Cluster.Silos[seat == Seat.First ? 0 : 1].SiloAddress).GetRequiredService<SessionsClient>();

    /// <summary>A session in which functions may run.</summary>
    public async Task<SessionHandle> ActivateAsync(SessionOverrides? overrides = null, Seat seat = Seat.Outside)
    {
        var session = await At(seat).CreateAsync(Clients.Creation(overrides));
        await session.ActivateAsync();
        return session;
    }

    public async Task DisposeAsync()
    {
        if (outside is not null)
        {
            await outside.DisposeAsync();
        }

        await Cluster.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class LiveGroup : ICollectionFixture<LiveFixture>
{
    public const string Name = "live";
}

internal static class Clients
{
    /// <summary>
    /// A client outside a cluster that has no address to connect to: what AddSessionsClient would connect by itself is the factory.
    /// </summary>
    public static ServiceProvider Over(IGrainFactory grains) => new ServiceCollection()
        .AddLogging()
        .AddSingleton(grains)
        .AddCoHostedSessionsClient(options => options.Actor = Principal.Parse("outside"))
        .BuildServiceProvider();

    public static CreateSessionOptions Creation(SessionOverrides? overrides = null) => new()
    {
        Namespace = SessionNamespace.Parse("acme/eval"),
        Creator = Commands.Alice,
        Overrides = overrides ?? SessionOverrides.None,
    };
}
