using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Streams;
using Sessions;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Events;
using Sessions.Grains.Hosting;
using Sessions.Grains.Provisioning;
using Sessions.Grains.Session;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.GrainState;
using Sessions.Grains.Storage.Memory;
using Sessions.Grains.Sweeping;

namespace Orleans.Hosting;

/// <summary>Makes a silo host sessions.</summary>
public static class SessionsSiloBuilderExtensions
{
    /// <summary>
    /// Adds sessions to a silo; a second call only configures further. Without another <see cref="ISessionStore"/> they are
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
        services.TryAddKeyedSingleton(SessionsServices.Clock, TimeProvider.System);
        services.TryAddSingleton<ISessionStore, MemorySessionStore>();
        services.TryAddSingleton(static provider => provider.GetRequiredService<ISessionStore>() as IEventLog
            ?? throw new InvalidOperationException($"The {nameof(ISessionStore)} of this silo is no {nameof(IEventLog)}; make it one, or register one."));
        services.TryAddSingleton(static provider => (ISessionDataStore)provider.GetRequiredService<ISessionStore>());
        services.TryAddSingleton(static provider => provider.GetRequiredService<ISessionStore>() as ISessionSearch
            ?? throw new InvalidOperationException($"The {nameof(ISessionStore)} of this silo is no {nameof(ISessionSearch)}; make it one, or register one."));
        services.TryAddSingleton(static provider => (IDueSessions)provider.GetRequiredService<ISessionStore>());
        services.AddSingleton<SweepWaker>();
        services.AddSingleton<DueSessionSweeper>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<DueSessionSweeper>());
        services.AddSingleton<GrantKeeper>();
        services.AddSingleton<SiloServices>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<GrantKeeper>());
        services.AddPolicies();
        services.AddOperations();
        services.AddSingleton<LifecyclePublisher>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<LifecyclePublisher>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, StoreInitializer>();
        services.AddKeyedSingleton<IStreamIdMapper, TenantStreamMapper>(TenantStreamMapper.Name);

        if (!services.Any(service => Equals(service.ServiceKey, SessionsServices.GrainStorage)))
        {
            builder.AddMemoryGrainStorage(
                SessionsServices.GrainStorage, storage => storage.GrainStorageSerializer = new GrainStateSerializer());
        }

        if (!services.Any(service => Equals(service.ServiceKey, SessionsServices.StreamSubscriptions)))
        {
            builder.AddMemoryGrainStorage(SessionsServices.StreamSubscriptions);
        }

        builder.AddIncomingGrainCallFilter<FaultFilter>();
        AddStreams(builder, SessionsDefaults.LifecycleStreamProvider, StreamPubSubType.ImplicitOnly);
        AddStreams(builder, SessionsDefaults.NotifyStreamProvider, StreamPubSubType.ExplicitGrainBasedOnly);
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
    }
}
