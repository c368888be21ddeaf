using Npgsql;

namespace Sessions.Storage.Postgres.Saving;

/// <summary>What an exception tells about a statement that was sent.</summary>
internal enum WriteFailure
{
    /// <summary>It may have been committed.</summary>
    Unknown,

    /// <summary>The database refused it and undid it.</summary>
    Refused,

    /// <summary>The database undid it because of what others did at the same time.</summary>
    Disturbed,
}

internal static class WriteFailures
{
    public static WriteFailure Classify(Exception exception)
    {
        // Only an error reported by a server that goes on serving is proof. A fatal one ends the connection, perhaps after the
        // commit; everything else (sockets, timeouts) says nothing about the server at all.
        if (exception is not PostgresException { InvariantSeverity: "ERROR" } error)
        {
            return WriteFailure.Unknown;
        }

        return error.SqlState switch
        {
            PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => WriteFailure.Disturbed,
            PostgresErrorCodes.StatementCompletionUnknown => WriteFailure.Unknown,

            // Connections, operators, the operating system, the server's own faults.
            ['0', '8', ..] or ['5', '7', ..] or ['5', '8', ..] or ['X', 'X', ..] => WriteFailure.Unknown,
            _ => WriteFailure.Refused,
        };
    }
}
