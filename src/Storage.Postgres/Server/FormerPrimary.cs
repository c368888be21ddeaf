using Npgsql;

namespace Sessions.Storage.Postgres.Server;

/// <summary>
/// A server that refuses writes because it only reads was the primary until a failover. Its connections stay open, and what is read on them
/// gets older and older.
/// </summary>
internal static class FormerPrimary
{
    /// <summary>Closes all connections of the process, also those of the runtime, if a fault says that their server only reads. Those that are in use close when they are returned.</summary>
    public static void LeaveIfItWas(NpgsqlDataSource dataSource, Exception fault)
    {
        if (fault is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction })
        {
            dataSource.Clear();
            NpgsqlConnection.ClearAllPools();
        }
    }
}
