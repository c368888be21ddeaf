using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Storage.Postgres;

namespace Sessions.TestKit;

/// <summary>Opens stores beside those of nodes, to look at what they have written.</summary>
public static class PostgresStores
{
    /// <summary>A store as it is by default. Whoever opens it disposes of it; the schema has to be there, or to be made by it.</summary>
    internal static PostgresStorage OpenStore(this NpgsqlDataSource source) =>
        PostgresStorage.Create(source, new PostgresStoreOptions(), TimeProvider.System, NullLoggerFactory.Instance);
}
