using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization.Activators;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Copy;

namespace Sessions.Storage.Postgres.Copy;

/// <summary>
/// States of grains, which Orleans' own provider writes, so that the keys are the provider's own. It has its own connections and no
/// transaction: the states are written under services that no node has, and given to theirs in the transaction of the copy.
/// </summary>
internal sealed class StagedStates(NpgsqlDataSource dataSource, string connectionString, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>How the services begin that no node has.</summary>
    public const string ServicePrefix = "sessions/copy/";

    private readonly List<string> services = [];
    private bool isWriting;

    /// <summary>Writes the states of a source, to be moved. Disposing of this deletes what was not moved.</summary>
    public async Task WriteAsync(ICopySource source, CancellationToken cancellationToken)
    {
        isWriting = true;
        try
        {
            // What a copy that was killed has left. There is one copy at a time: the tables are locked.
            await DeleteAsync(cancellationToken);
            IGrainStorage? storage = null;
            foreach (var state in source.ReadGrainStates())
            {
                if (storage is null || services[^1] != state.Service)
                {
                    services.Add(state.Service);
                    storage = await OpenAsync(ServicePrefix + state.Service, cancellationToken);
                }

                await storage.WriteStateAsync(state.State, state.Grain, new GrainState<Payload>(new Payload(state.Payload)), cancellationToken);
            }
        }
        catch (Exception e) when (e is OrleansException or InvalidOperationException)
        {
            throw new StoreUnavailableException($"The state of a grain could not be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Gives the states to their services, in the transaction of a connection.</summary>
    public async Task MoveAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var service in services)
        {
            // What nodes have cleared keeps a row that only counts on.
            await using var clear = new NpgsqlCommand("DELETE FROM public.OrleansGrainState WHERE ServiceId = $1 AND PayloadBinary IS NULL", connection)
            {
                Parameters = { SqlValues.Text(service) },
            };
            await clear.ExecuteNonQueryAsync(cancellationToken);
            await using var move = new NpgsqlCommand("UPDATE public.OrleansGrainState SET ServiceId = $1 WHERE ServiceId = $2", connection)
            {
                Parameters = { SqlValues.Text(service), SqlValues.Text(ServicePrefix + service) },
            };
            await move.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Deletes what was not moved. The transaction must be over: it has the rows that it moves.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!isWriting)
        {
            return;
        }

        try
        {
            await DeleteAsync(CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The next copy deletes them; no node ever looks at them.
        }
    }

    private async Task<IGrainStorage> OpenAsync(string service, CancellationToken cancellationToken)
    {
        var storage = new AdoNetGrainStorage(
            new NoActivators(),
            loggers.CreateLogger<AdoNetGrainStorage>(),
            Options.Create(new AdoNetGrainStorageOptions
            {
                Invariant = "Npgsql",
                ConnectionString = connectionString,
                GrainStorageSerializer = new PayloadSerializer(),
            }),
            Options.Create(new ClusterOptions { ServiceId = service, ClusterId = service }),
            "copy");
        var start = new ProviderStart();
        storage.Participate(start);
        await start.RunAsync(cancellationToken);
        return storage;
    }

    private async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("DELETE FROM public.OrleansGrainState WHERE starts_with(ServiceId, $1)");
        command.Parameters.Add(SqlValues.Text(ServicePrefix));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A state as its own serializer wrote it.</summary>
    private sealed record Payload(byte[] Bytes);

    /// <summary>Leaves payloads as they are.</summary>
    private sealed class PayloadSerializer : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T? input) => new(((Payload)(object)input!).Bytes);

        public T Deserialize<T>(BinaryData input) => (T)(object)new Payload(input.ToArray());
    }

    /// <summary>States are only written.</summary>
    private sealed class NoActivators : IActivatorProvider
    {
        public IActivator<T> GetActivator<T>() => throw new NotSupportedException();
    }

    /// <summary>Starts a provider as a silo does.</summary>
    private sealed class ProviderStart : ISiloLifecycle
    {
        private readonly List<ILifecycleObserver> observers = [];

        public int HighestCompletedStage => 0;

        public int LowestStoppedStage => 0;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            observers.Add(observer);
            return new Subscription();
        }

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            foreach (var observer in observers)
            {
                await observer.OnStart(cancellationToken);
            }
        }

        private sealed class Subscription : IDisposable
        {
            public void Dispose()
            {
                // Providers are started and never stopped: they hold nothing but the pool of the process.
            }
        }
    }
}
