using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;

namespace Sessions.Testing;

/// <summary>
/// A cluster of silos in this process that host sessions, and grains of the test's own. Starts in about a second, so that the tests of a
/// class share one, each with namespaces of its own. Grains that require a session are guarded.
/// </summary>
public sealed class SessionsTestCluster : SessionsTestHost
{
    private const int MostSilos = 16;

    private readonly SessionsTestClusterOptions options;
    private ServiceProvider? outside;

    private SessionsTestCluster(SessionsTestClusterOptions options)
        : base(options.Time)
    {
        this.options = options;
        var storage = MemoryStorage.Create();
        var builder = new InProcessTestClusterBuilder((short)options.Silos);
        builder.ConfigureSilo((_, silo) => ConfigureSilo(silo, storage));
        builder.ConfigureClient(client => options.ConfigureOrleansClient(client));
        Cluster = builder.Build();
    }

    /// <summary>The Orleans cluster, to stop and start silos.</summary>
    public InProcessTestCluster Cluster { get; }

    /// <summary>Finds the grains of the cluster, those of the test's own too.</summary>
    public IGrainFactory Grains => Cluster.Client;

    /// <summary>The client outside the cluster, behind its gateway.</summary>
    public override ISessionsClient Client => GatewayClient;

    /// <summary>The same client by its class, for code that takes that.</summary>
    public SessionsClient GatewayClient => outside!.GetRequiredService<SessionsClient>();

    private protected override bool IsTimeMoved => !options.UseSystemTime;

    private protected override IServiceProvider StoreServices => ServicesOf(0);

    private protected override TimeSpan LeaseDuration => ServicesOf(0).GetRequiredService<IOptions<SessionsOptions>>().Value.LeaseDuration;

    private protected override IEnumerable<SessionsClient> Clients =>
        [GatewayClient, .. Cluster.GetActiveSilos().Select(silo => Cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<SessionsClient>())];

    /// <summary>Starts a cluster.</summary>
    /// <param name="configure">How it is made.</param>
    /// <exception cref="OptionsValidationException">The settings are wrong; the message says what to change.</exception>
    public static async Task<SessionsTestCluster> StartAsync(Action<SessionsTestClusterOptions>? configure = null)
    {
        var options = new SessionsTestClusterOptions();
        configure?.Invoke(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Silos, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Silos, MostSilos);
        var cluster = new SessionsTestCluster(options);
        try
        {
            await cluster.Cluster.DeployAsync();
            cluster.outside = cluster.MakeClient();
            await cluster.GatewayClient.ConnectAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The client inside a silo, which grains of that silo are given too.</summary>
    /// <param name="silo">Which, from 0.</param>
    public SessionsClient CoHostedClient(int silo = 0) => ServicesOf(silo).GetRequiredService<SessionsClient>();

    /// <summary>The services of a silo.</summary>
    /// <param name="silo">Which, from 0.</param>
    public IServiceProvider ServicesOf(int silo) => Cluster.GetSiloServiceProvider(Cluster.Silos[silo].SiloAddress);

    private protected override async Task StopAsync()
    {
        if (outside is not null)
        {
            await outside.DisposeAsync();
        }

        await Cluster.DisposeAsync();
    }

    private TimeProvider Clock => options.UseSystemTime ? TimeProvider.System : Time;

    private void ConfigureSilo(ISiloBuilder silo, SessionStorage storage)
    {
        silo.Services.AddKeyedSingleton(SessionsDefaults.Clock, Clock);
        options.ConfigureSilo(silo);
        silo.Services.TryAddSingleton(storage);
        silo.Services.AddSessionGuards();
        silo.Services.Configure<SessionsClientOptions>(Configure);
        silo.AddSessions(sessions =>
        {
            sessions.SweepInterval = TestDefaults.SweepInterval;
            options.ConfigureSessions(sessions);
        });
    }

    /// <summary>Over the connection of the cluster's own client: what AddSessionsClient would connect has no address here.</summary>
    private ServiceProvider MakeClient() => new ServiceCollection()
        .AddLogging()
        .AddKeyedSingleton(SessionsDefaults.Clock, Clock)
        .AddSingleton<IGrainFactory>(Cluster.Client)
        .AddCoHostedSessionsClient(Configure)
        .BuildServiceProvider();

    private void Configure(SessionsClientOptions client)
    {
        client.Actor = TestDefaults.Actor;
        options.ConfigureClient(client);
    }
}
