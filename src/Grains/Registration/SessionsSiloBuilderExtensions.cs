using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Metadata;
using Orleans.Streams;
using Sessions;
using Sessions.Grains.Cluster;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Events;
using Sessions.Grains.Hosting;
using Sessions.Grains.Ownership;
using Sessions.Grains.Provisioning;
using Sessions.Grains.Registration;
using Sessions.Grains.Session;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.GrainState;
using Sessions.Grains.Sweeping;

namespace Orleans.Hosting;

/// <summary>Makes a silo host sessions.</summary>
public static class SessionsSiloBuilderExtensions
{
    // Looked at once in as long: it takes up to twice as long to forget a client.
    private static readonly TimeSpan DropTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Adds sessions to a silo; a second call only configures further. Without another store (<see cref="AddSessionStorage"/>) they are
    /// kept in memory, and without another grain storage named <see cref="SessionsServices.GrainStorage"/> so are templates and
    /// subscriptions; lifecycle events go through memory without other stream providers named
    /// <see cref="SessionsDefaults.LifecycleStreamProvider"/> and <see cref="SessionsDefaults.NotifyStreamProvider"/>. So choose those first.
    /// </summary>
    public static ISiloBuilder AddSessions(this ISiloBuilder builder, Action<SessionsOptions>? configure = null)
    {
        var services = builder.Services;
        if (configure is not null)
        {
            services.Configure(configure);
        }

        if (services.Any(service => service.ServiceType == typeof(DueSessionSweeper)))
        {
            return builder;
        }

        services.AddOptions<SessionsOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionsOptions>, SessionsOptionsValidator>();
        services.AddMetrics();
        services.AddSingleton<SessionsInstruments>();
        services.AddSingleton<ProvisionerRegistry>();
        services.AddSingleton<SessionsClock>();
        services.TryAddKeyedSingleton<TimeProvider>(SessionsServices.Clock, static (provider, _) => provider.GetRequiredService<SessionsClock>());
        services.AddPorts();
        services.AddSingleton<SweepWaker>();
        services.AddSingleton<SweepState>();
        services.AddSingleton<DueSessionSweeper>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<DueSessionSweeper>());
        services.AddSingleton<GrantKeeper>();
        services.AddSingleton<OwnershipProofs>();
        services.AddSingleton<VersionLooks>();
        services.AddSingleton<ISiloMembership, SiloMembership>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ClusterGateways>(provider, TimeProvider.System));
        services.AddSingleton<ClockWatch>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<ClockWatch>());
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<StandstillWatch>(provider, TimeProvider.System));
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<StandstillWatch>());
        services.AddSingleton<ICallGate>(provider => provider.GetRequiredService<StandstillWatch>());
        services.AddSingleton<SiloServices>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<GrantKeeper>());
        services.AddPolicies();
        services.AddOperations();
        services.AddSingleton(new FeedState(TimeProvider.System));
        services.AddSingleton<FeedWatch>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<FeedWatch>());
        services.AddSingleton<LifecyclePublisher>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<LifecyclePublisher>());
        services.AddKeyedSingleton<IStreamIdMapper, TenantStreamMapper>(TenantStreamMapper.Name);

        // After Orleans' own, which it corrects.
        services.AddSingleton<IGrainPropertiesProvider, GrainClassNames>();

        if (!services.Any(service => Equals(service.ServiceKey, SessionsServices.GrainStorage)))
        {
            builder.AddMemoryGrainStorage(
                SessionsServices.GrainStorage, storage => storage.GrainStorageSerializer = new GrainStateSerializer());
        }

        if (!services.Any(service => Equals(service.ServiceKey, SessionsServices.StreamSubscriptions)))
        {
            builder.AddMemoryGrainStorage(SessionsServices.StreamSubscriptions);
        }

        // A client that came back through another gateway is deaf to the grains of a node that still keeps its old place: they answer there.
        services.AddOptions<SiloMessagingOptions>().Configure(static messaging => messaging.ClientDropTimeout = DropTimeout);
        builder.AddIncomingGrainCallFilter<FaultFilter>();
        AddStreams(builder, SessionsDefaults.LifecycleStreamProvider, StreamPubSubType.ImplicitOnly);
        AddStreams(builder, SessionsDefaults.NotifyStreamProvider, StreamPubSubType.ExplicitGrainBasedOnly);
        return builder;
    }

    /// <summary>
    /// Keeps sessions in a store of the host's own, instead of in memory or in the store that was chosen before. May be called before or
    /// after <see cref="AddSessions"/>; the last call applies. To replace a single port of a store, register that port (for example
    /// <see cref="ISessionStore"/>) as a singleton before <see cref="AddSessions"/>.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="storage">
    /// Makes the store; called once. All ports have to read and write the same data. The silo calls
    /// <see cref="ISessionStore.InitializeAsync"/> before it asks for anything, and disposes of the store if that is disposable.
    /// </param>
    internal static ISiloBuilder AddSessionStorage(this ISiloBuilder builder, Func<IServiceProvider, SessionStorage> storage)
    {
        ArgumentNullException.ThrowIfNull(storage);
        builder.Services.RemoveAll<SessionStorage>();
        builder.Services.AddSingleton(storage);
        return builder;
    }

    /// <summary>Adds a provisioner, to which templates refer by its name.</summary>
    public static ISiloBuilder AddSessionProvisioner<T>(this ISiloBuilder builder)
        where T : class, ISessionProvisioner
    {
        builder.Services.AddSingleton<ISessionProvisioner, T>();
        return builder;
    }

    /// <summary>Adds streams in memory, where neither the host nor its configuration has chosen others of that name.</summary>
    private static void AddStreams(ISiloBuilder builder, string name, StreamPubSubType subscribers)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(IStreamProvider) && Equals(service.ServiceKey, name)))
        {
            return;
        }

        builder.AddMemoryStreams(name, streams =>
        {
            streams.ConfigureStreamPubSub(subscribers);
            streams.ConfigurePullingAgent(agent => agent.Configure(options => options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(20)));
        });

        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(
            provider => new StreamReaders(provider.GetRequiredKeyedService<IStreamProvider>(name)));
    }
}
