using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Hosting;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage.GrainState;
using Sessions.Storage.Postgres;

namespace Orleans.Hosting;

/// <summary>Puts a silo on PostgreSQL.</summary>
public static class PostgresSiloBuilderExtensions
{
    private const string Invariant = "Npgsql";

    /// <summary>
    /// Keeps sessions, the other grains' state and the cluster's membership in one PostgreSQL database, whose schema is
    /// brought up to date when the silo starts. Version 15 or later.
    /// </summary>
    public static ISiloBuilder UseSessionsPostgres(this ISiloBuilder builder, string connectionString)
    {
        builder.UseSessionsPostgresStore(connectionString);
        builder.UseAdoNetClustering(clustering =>
        {
            clustering.Invariant = Invariant;
            clustering.ConnectionString = connectionString;
        });
        return builder;
    }

    /// <summary>Like <see cref="UseSessionsPostgres"/>, and leaves the membership to whatever the host has chosen.</summary>
    public static ISiloBuilder UseSessionsPostgresStore(this ISiloBuilder builder, string connectionString)
    {
        var services = builder.Services;
        services.TryAddSingleton(_ => SessionsDataSource.Create(connectionString));
        services.TryAddSingleton<PostgresStoreOptions>();
        builder.AddSessionStorage(provider => PostgresStorage.Create(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<PostgresStoreOptions>(),
            TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>()));
        builder.AddAdoNetGrainStorage(SessionsServices.GrainStorage, storage =>
        {
            storage.Invariant = Invariant;
            storage.ConnectionString = connectionString;
            storage.GrainStorageSerializer = new GrainStateSerializer();
        });
        builder.AddAdoNetGrainStorage(SessionsServices.StreamSubscriptions, storage =>
        {
            storage.Invariant = Invariant;
            storage.ConnectionString = connectionString;
        });
        return builder;
    }
}
