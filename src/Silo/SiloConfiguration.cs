using System.Net;
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;
using Sessions.Grains.Hosting;
using Sessions.Grains.Provisioning;

namespace Sessions.Silo;

/// <summary>Builds a node from its configuration: one by itself, or one of a cluster on PostgreSQL.</summary>
internal static class SiloConfiguration
{
    private const string ProvisionersSection = "Provisioners";
    private const int MaxMessageBytes = 16 * 1024 * 1024;

    public static void AddSessionsSilo(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        builder.Services.AddOptions<SiloOptions>().Bind(configuration.GetSection(SiloOptions.Section), Strict).ValidateOnStart();
        builder.Services.AddSingleton<Microsoft.Extensions.Options.IValidateOptions<SiloOptions>, SiloOptionsValidator>();
        var sessions = StorageOptions.WithoutStorage(configuration);
        builder.Services.AddOptions<SessionsOptions>().Bind(sessions, Strict);

        // A setting that is misspelt is found here, where the program says what is wrong; the silo would find it while it starts.
        sessions.Get<SessionsOptions>(Strict);

        // The ports are needed while the host is still being built, so what ValidateOnStart would say has to be said now.
        var options = configuration.GetSection(SiloOptions.Section).Get<SiloOptions>(Strict) ?? new SiloOptions();
        if (new SiloOptionsValidator().Validate(null, options) is { Failed: true } invalid)
        {
            throw new InvalidDataException(invalid.FailureMessage);
        }

        var storage = StorageOptions.Read(configuration);
        builder.Services.AddSingleton(storage);
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(
            options.ListenOnAnyAddress ? IPAddress.Any : IPAddress.Loopback, options.HttpPort));
        builder.Host.UseOrleans(silo => Configure(silo, options, storage, configuration));
    }

    private static void Configure(ISiloBuilder silo, SiloOptions options, StorageOptions storage, ConfigurationManager configuration)
    {
        foreach (var section in configuration.GetSection(ProvisionersSection).GetChildren())
        {
            var command = section.Get<CommandProvisionerOptions>(Strict);
            if (command is not { FileName.Length: > 0 })
            {
                throw new InvalidDataException($"{section.Path}:FileName: set the program to run.");
            }

            silo.Services.AddSingleton<ISessionProvisioner>(new CommandProvisioner(section.Key, command));
        }

        // What a stranger sends is bounded before it is read; the largest honest message is a list of templates.
        silo.Configure<SiloMessagingOptions>(messaging => messaging.MaxMessageBodySize = MaxMessageBytes);
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            collection.CollectionAge = options.CollectionAge;
            collection.EnableActivationSheddingOnMemoryPressure = true;
        });

        if (storage.ConnectionString is not { } connectionString)
        {
            if (storage.File is { } file)
            {
                silo.UseSessionsSqlite(file);
            }

            silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort, null, options.ServiceId, options.ClusterId);
            if (options.ListenOnAnyAddress)
            {
                // For clients only: no other node joins one that is by itself.
                silo.Configure<EndpointOptions>(endpoints =>
                    endpoints.GatewayListeningEndpoint = new IPEndPoint(IPAddress.Any, options.GatewayPort));
            }

            silo.AddSessions();
            return;
        }

        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
        silo.ConfigureEndpoints(
            options.ResolveAdvertisedAddress(), options.SiloPort, options.GatewayPort, options.ListenOnAnyAddress);
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = options.ProbeTimeout;
            membership.NumMissedProbesLimit = options.MissedProbes;

            // A node that reaches the database and not the others learns from the table that they have declared it dead; they cannot tell it.
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);

            // A node that joins must reach every node that the table calls active, and looks only once which of them have given
            // no sign of life for 15 s. Where all nodes were killed together and come back at new addresses that look may be too
            // early: then the node gives up soon, and its next start finds the others gone.
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            membership.NumMissedTableIAmAliveLimit = 3;
            membership.MaxJoinAttemptTime = TimeSpan.FromSeconds(30);
        });
        silo.UseSessionsPostgres(WithPoolSize(connectionString, options.MaxPoolSize));
        silo.AddSessions();
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
            throw new InvalidDataException(
                $"ConnectionStrings:{StorageOptions.ConnectionStringName} is not a connection string of PostgreSQL: {exception.Message}");
        }

        if (!builder.ContainsKey("Maximum Pool Size"))
        {
            builder.MaxPoolSize = maxPoolSize;
        }

        return builder.ConnectionString;
    }

    // A setting that is misspelt would otherwise be a setting that is silently not there.
    private static void Strict(BinderOptions binder) => binder.ErrorOnUnknownConfiguration = true;
}
