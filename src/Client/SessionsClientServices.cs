using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Messaging;
using Sessions;
using Sessions.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the client of Sessions to a service collection.</summary>
public static class SessionsClientServices
{
    /// <summary>
    /// Adds <see cref="SessionsClient"/>, also as <see cref="ISessionsClient"/>, over the cluster's gateways; the connection is made when the host starts, or
    /// later (<see cref="SessionsClientOptions.ConnectOnStart"/>). Safe to call twice: the settings of both calls apply, in order. Wrong settings
    /// stop the start.
    /// </summary>
    /// <exception cref="InvalidOperationException">The co-hosted client has been added already.</exception>
    public static IServiceCollection AddSessionsClient(this IServiceCollection services, Action<SessionsClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!AddClient(services, Way.Gateway, configure))
        {
            return services;
        }

        services.AddOrleansClient(client =>
        {
            client.Services.AddOptions<ClusterOptions>().Configure<IOptions<SessionsClientOptions>>(static (cluster, options) =>
                (cluster.ClusterId, cluster.ServiceId) = (options.Value.ClusterId, options.Value.ServiceId));
            client.Services.AddOptions<ClientMessagingOptions>().Configure<IOptions<SessionsClientOptions>>(static (messaging, options) =>
                messaging.ResponseTimeout = options.Value.ResponseTimeout);
            client.Services.AddOptions<ClientConnectionOptions>().Configure<GatewayLinks>(static (connections, links) =>
                connections.ConfigureConnection(connection => connection.Use(next => context => links.RunAsync(context, next))));
            client.Configure<GatewayOptions>(static gateways => gateways.GatewayListRefreshPeriod = GatewayList.RefreshPeriod);
            client.Configure<ConnectionOptions>(static connections => connections.OpenConnectionTimeout = GatewayList.OpenTimeout);
            client.Services.AddSingleton<IGatewayListProvider>(static provider => provider.GetRequiredService<GatewayList>());
            client.UseConnectionRetryFilter<ConnectionRetry>();
        });
        var sockets = services.Single(service => service.ServiceType == typeof(IConnectionFactory) && service.IsKeyedService);
        services.Remove(sockets);
        services.AddKeyedSingleton<IConnectionFactory>(sockets.ServiceKey, (provider, key) => new GatewayConnector(
            (IConnectionFactory)sockets.KeyedImplementationFactory!(provider, key), provider.GetRequiredService<GatewayLinks>()));
        services.AddSingleton<GatewayLinks>();
        services.AddSingleton<GatewayList>();
        services.AddHostedService<GatewayWatch>();

        // The one by which Orleans' client starts with the host, whoever added it.
        var orleans = services.Single(static service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationFactory?.Method.Module.Name.StartsWith("Orleans.", StringComparison.Ordinal) is true);
        services.Remove(orleans);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ClusterConnection>(provider, (IHostedService)orleans.ImplementationFactory!(provider)));
        services.AddHostedService(static provider => provider.GetRequiredService<ClusterConnection>());
        return services;
    }

    /// <summary>
    /// Adds <see cref="SessionsClient"/>, also as <see cref="ISessionsClient"/>, over the grain factory of the silo in this process. Of the options, those of the
    /// connection do not matter. Safe to call twice: the settings of both calls apply, in order.
    /// </summary>
    /// <exception cref="InvalidOperationException">The gateway client has been added already.</exception>
    public static IServiceCollection AddCoHostedSessionsClient(
        this IServiceCollection services, Action<SessionsClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddClient(services, Way.CoHosted, configure);
        return services;
    }

    /// <summary>Adds what both ways share; false if it was there already.</summary>
    private static bool AddClient(IServiceCollection services, Way way, Action<SessionsClientOptions>? configure)
    {
        if (configure is not null)
        {
            services.Configure(configure);
        }

        if (services.FirstOrDefault(service => service.ServiceType == typeof(Marker))?.ImplementationInstance is Marker marker)
        {
            return marker.Way == way ? false : throw new InvalidOperationException(
                $"This container has a {marker.Way} client already; one process speaks to its cluster in one way.");
        }

        services.AddSingleton(new Marker(way));
        services.AddOptions<SessionsClientOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SessionsClientOptions>, SessionsClientOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(static provider => new SessionsClient(
            new ClusterGrains(provider.GetRequiredService<IGrainFactory>(), provider.GetService<ClusterConnection>()),
            provider.GetRequiredService<IOptions<SessionsClientOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SessionsClient>>(),
            provider.GetKeyedService<TimeProvider>(SessionsDefaults.Clock),
            provider.GetService<GatewayLinks>()));
        services.AddSingleton<ISessionsClient>(static provider => provider.GetRequiredService<SessionsClient>());
        services.AddHostedService<LeaseReturn>();
        return true;
    }

    private enum Way
    {
        Gateway = 1,
        CoHosted = 2,
    }

    private sealed record Marker(Way Way);
}
