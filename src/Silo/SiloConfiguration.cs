using System.Net;
using Microsoft.Extensions.Logging.Console;
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Sessions.Grains.Hosting;
using Sessions.Grains.Provisioning;
using Sessions.Silo.Health;
using Sessions.Silo.Listening;
using Sessions.Silo.Logs;
using Sessions.Silo.Settings;
using SiloOptions = Sessions.Silo.Settings.SiloOptions;

namespace Sessions.Silo;

/// <summary>Builds a node from its configuration: one by itself, or one of a cluster on PostgreSQL.</summary>
internal static class SiloConfiguration
{
    private const int MaxMessageBytes = 16 * 1024 * 1024;

    public static void AddNode(this WebApplicationBuilder builder, NodeSettings settings, NodeEndpoints endpoints, ReservedPorts ports)
    {
        var services = builder.Services;
        services.AddOptions<SiloOptions>().Bind(settings.SiloSection);
        services.AddOptions<SessionsOptions>().Bind(settings.Sessions);
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.FormatterName = NodeLogFormatter.Id).AddConsoleFormatter<NodeLogFormatter, ConsoleFormatterOptions>();
        services.AddSingleton<NodeIncarnation>();
        services.AddSingleton<ILocalSiloDetails>(static provider => provider.GetRequiredService<NodeIncarnation>());
        services.AddSingleton<IFatalErrorHandler, FatalErrorHandler>();
        services.AddSingleton<StoreHealthCheck>();
        services.AddHealthChecks()
            .AddCheck<StoreHealthCheck>("store")
            .AddCheck<ClockHealthCheck>("clock")
            .AddCheck<MembershipHealthCheck>("membership")
            .AddCheck<SweepHealthCheck>("sweep")
            .AddCheck<FeedHealthCheck>("feed")
            .AddCheck<OperationsHealthCheck>("operations");
        services.AddHostedService<ClockGuard>();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(endpoints.Http));
        builder.Host.UseOrleans(silo =>
        {
            Configure(silo, settings, endpoints);
            silo.Services.UseReservedPorts(ports);
        });
    }

    private static void Configure(ISiloBuilder silo, NodeSettings settings, NodeEndpoints endpoints)
    {
        var options = settings.Silo;
        foreach (var (name, program) in settings.ProvisionerPrograms)
        {
            silo.Services.AddSingleton<ISessionProvisioner>(new CommandProvisioner(name, program));
        }

        // What a stranger sends is bounded before it is read; the largest honest message is a list of templates.
        silo.Configure<SiloMessagingOptions>(messaging => messaging.MaxMessageBodySize = MaxMessageBytes);
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            collection.CollectionAge = options.CollectionAge;
            collection.EnableActivationSheddingOnMemoryPressure = true;
        });

        if (settings.Storage.ConnectionString is { } connectionString)
        {
            ConfigureCluster(silo, options, WithPoolSize(connectionString, options.MaxPoolSize));
        }
        else
        {
            silo.UseDevelopmentClustering(new IPEndPoint(endpoints.Advertised, options.SiloPort));
            if (settings.Storage.File is { } file)
            {
                silo.UseSessionsSqlite(file);
            }
        }

        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
        silo.Configure<EndpointOptions>(points =>
        {
            points.AdvertisedIPAddress = endpoints.Advertised;
            points.SiloPort = options.SiloPort;
            points.GatewayPort = options.GatewayPort;
            points.SiloListeningEndpoint = endpoints.Silo;
            points.GatewayListeningEndpoint = endpoints.Gateway;
        });
        silo.AddSessions();
    }

    private static void ConfigureCluster(ISiloBuilder silo, SiloOptions options, string connectionString)
    {
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = options.ProbeTimeout;

            // The runtime suspects no node from which it has heard within the longest timeout times the missed probes: left at four times the
            // timeout, that is how long a node that stands still would hold up its sessions.
            membership.MaxProbeTimeout = options.ProbeTimeout;
            membership.NumMissedProbesLimit = options.MissedProbes;

            // A node that reaches the database and not the others learns from the table that they have declared it dead; they cannot tell it.
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);

            // A node that joins must reach every node that the table calls active. Those that are gone have given no sign of life for three
            // times as long, and are declared dead by the first node that starts (DepartedNodes).
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
            membership.NumMissedTableIAmAliveLimit = 3;
            membership.MaxJoinAttemptTime = TimeSpan.FromSeconds(30);
        });
        silo.UseSessionsPostgres(connectionString);
    }

    private static string WithPoolSize(string connectionString, int maxPoolSize)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException exception)
        {
            // Without the text: it may hold a password.
            throw new InvalidSettingsException(
                $"ConnectionStrings:{StorageOptions.ConnectionStringName} is not a connection string of PostgreSQL: {exception.Message}");
        }

        if (!builder.ContainsKey("Maximum Pool Size"))
        {
            builder.MaxPoolSize = maxPoolSize;
        }

        return builder.ConnectionString;
    }
}
