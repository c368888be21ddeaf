using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>Orleans' ADO.NET providers as a silo builds them, in a host that is not started.</summary>
internal static class ProviderHost
{
    /// <summary>The grain storage that keeps the rows of cleared states.</summary>
    public const string Keep = "keep";

    /// <summary>The grain storage that deletes them.</summary>
    public const string Delete = "delete";

    private const string Invariant = "Npgsql";

    /// <summary>Builds the providers for one cluster.</summary>
    /// <param name="connectionString">A database with the queries.</param>
    /// <param name="clusterId">The id of the cluster and of the service; null for a new one.</param>
    /// <param name="serializer">Writes the state of grains; null for the default of Orleans.</param>
    public static IHost Build(string connectionString, string? clusterId = null, IGrainStorageSerializer? serializer = null)
    {
        return Host.CreateApplicationBuilder().UseOrleans(silo => silo
            .Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = clusterId ?? Guid.NewGuid().ToString())
            .UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString))
            .AddAdoNetGrainStorage(Keep, options => Connect(options))
            .AddAdoNetGrainStorage(Delete, options => Connect(options).DeleteStateOnClear = true))
            .Build();

        AdoNetGrainStorageOptions Connect(AdoNetGrainStorageOptions options)
        {
            (options.Invariant, options.ConnectionString) = (Invariant, connectionString);
            options.GrainStorageSerializer = serializer ?? options.GrainStorageSerializer;
            return options;
        }
    }

    /// <summary>The grain storage of that name, started as far as it takes part in a silo's start.</summary>
    public static async Task<IGrainStorage> OpenGrainStorageAsync(this IHost host, string name)
    {
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>(name);
        var start = new StorageStart();
        ((ILifecycleParticipant<ISiloLifecycle>)storage).Participate(start);
        await start.RunAsync();
        return storage;
    }

    private sealed class StorageStart : ISiloLifecycle
    {
        private readonly List<ILifecycleObserver> observers = [];

        public int HighestCompletedStage => 0;

        public int LowestStoppedStage => 0;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            observers.Add(observer);
            return new Subscription();
        }

        public async Task RunAsync()
        {
            foreach (var observer in observers)
            {
                await observer.OnStart(CancellationToken.None);
            }
        }

        private sealed class Subscription : IDisposable
        {
            public void Dispose()
            {
            }
        }
    }
}
