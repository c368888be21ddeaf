using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage.GrainState;
using Sessions.Storage.Sqlite;
using Sessions.Storage.Sqlite.GrainState;
using Sessions.Storage.Sqlite.Hosting;

namespace Orleans.Hosting;

/// <summary>Puts a silo on SQLite.</summary>
public static class SqliteSiloBuilderExtensions
{
    /// <summary>
    /// Keeps sessions, and what the other grains keep, in one SQLite file. For a single silo: one process at a time can have the file, and a
    /// second one refuses to start and says which has it. A second call only configures further.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="path">The file; created with its folder if it is missing.</param>
    public static ISiloBuilder UseSessionsSqlite(this ISiloBuilder builder, string path) =>
        builder.UseSessionsSqlite(options => options.Path = path);

    /// <inheritdoc cref="UseSessionsSqlite(ISiloBuilder, string)"/>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets the path, and what else is to differ from the defaults.</param>
    public static ISiloBuilder UseSessionsSqlite(this ISiloBuilder builder, Action<SqliteStoreOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var services = builder.Services;
        services.Configure(configure);
        if (services.Any(service => service.ServiceType == typeof(SqliteDatabase)))
        {
            return builder;
        }

        services.AddOptions<SqliteStoreOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<SqliteStoreOptions>, SqliteStoreOptionsValidator>();

        // The container disposes of it after the silo has stopped, and after everything that was made with it.
        services.AddSingleton(provider => new SqliteDatabase(
            provider.GetRequiredService<IOptions<SqliteStoreOptions>>().Value,
            TimeProvider.System,
            provider.GetRequiredService<ILogger<SqliteDatabase>>()));
        builder.AddSessionStorage(provider => provider.GetRequiredService<SqliteDatabase>().Storage);
        services.AddGrainStorage(
            SessionsServices.GrainStorage, (provider, _) => CreateGrainStorage(provider, new GrainStateSerializer()));
        services.AddGrainStorage(
            SessionsServices.StreamSubscriptions,
            (provider, _) => CreateGrainStorage(provider, provider.GetRequiredService<IGrainStorageSerializer>()));
        return builder;
    }

    private static SqliteGrainStorage CreateGrainStorage(IServiceProvider provider, IGrainStorageSerializer serializer) => new(
        provider.GetRequiredService<SqliteDatabase>(),
        provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId,
        serializer,
        provider.GetRequiredService<IActivatorProvider>());
}
