using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Data;
using Sessions.Storage.Postgres.Due;
using Sessions.Storage.Postgres.Log;
using Sessions.Storage.Postgres.Operations;
using Sessions.Storage.Postgres.Policies;
using Sessions.Storage.Postgres.Search;

namespace Sessions.Storage.Postgres;

/// <summary>A store in one PostgreSQL database, 15 or newer. The data source stays its owner's to dispose of, after the store.</summary>
internal sealed record PostgresStorage : SessionStorage, IAsyncDisposable
{
    private PostgresStorage(StoreDatabase database)
        : base(
            new PostgresSessionStore(database),
            new PostgresDueSessions(database),
            new PostgresEventLog(database),
            new PostgresSessionSearch(database),
            new PostgresSessionDataStore(database),
            new PostgresPolicyStore(database),
            new PostgresOperationStore(database)) => Database = database;

    /// <summary>What the ports share.</summary>
    internal StoreDatabase Database { get; }

    /// <summary>Takes everything the store needs; no connection is opened yet.</summary>
    /// <param name="dataSource">The database, with a pool of at least <see cref="PostgresStoreOptions.ConcurrentBatches"/> + 1.</param>
    /// <param name="options">How to write.</param>
    /// <param name="clock">Times the batches; never decides anything.</param>
    /// <param name="loggers">Makes the loggers of the store.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static PostgresStorage Create(
        NpgsqlDataSource dataSource, PostgresStoreOptions options, TimeProvider clock, ILoggerFactory loggers) =>
        new(new StoreDatabase(dataSource, options, clock, loggers));

    /// <summary>Refuses the saves that wait, and ends when those on their way have ended.</summary>
    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
