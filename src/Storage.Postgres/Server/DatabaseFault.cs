using Npgsql;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Server;

/// <summary>Says what a refusal of the database at the start means, and what to do.</summary>
internal static class DatabaseFault
{
    /// <summary>The exception to be thrown for a refusal.</summary>
    /// <param name="what">What was tried, as a sentence without its end.</param>
    /// <param name="fault">What the driver says.</param>
    /// <param name="dataSource">Names the database and the role; its password is not shown.</param>
    public static StoreUnavailableException Explain(string what, NpgsqlException fault, NpgsqlDataSource dataSource)
    {
        var target = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        var database = $"database '{target.Database}' at {target.Host}:{target.Port}";
        var advice = fault.SqlState switch
        {
            PostgresErrorCodes.InvalidCatalogName => $"Create the {database}, or correct Database in the connection string.",
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                $"Correct Username and Password in the connection string, or create the role '{target.Username}' at {target.Host}:{target.Port}.",
            PostgresErrorCodes.InsufficientPrivilege =>
                $"Grant the role '{target.Username}' its rights in the {database}; docs/operations.md lists them.",
            PostgresErrorCodes.ReadOnlySqlTransaction =>
                $"The {database} only reads, as a standby does: connect to the primary; with several hosts, add Target Session Attributes=primary.",
            PostgresErrorCodes.TooManyConnections => $"The {database} takes no more connections: raise max_connections, or lower Silo:MaxPoolSize.",
            null => $"Start the server, or correct Host and Port in the connection string ({target.Host}:{target.Port}).",
            _ => $"It was the {database}.",
        };
        var cause = fault.InnerException is { } inner && fault is not PostgresException ? $"{fault.Message} ({inner.Message})" : fault.Message;
        return new StoreUnavailableException($"{what}: {cause}. {advice}", fault);
    }
}
