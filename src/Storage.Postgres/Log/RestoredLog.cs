using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Server;

namespace Sessions.Storage.Postgres.Log;

/// <summary>
/// The log in a server that it was not written in. A dump keeps the ids of the transactions that wrote its events, and a server that has
/// not given out as many yet counts them as still to come: nobody would read those events for as long. Nothing but their order is left
/// of them then, and that their cursors tell, which of one session rise with its sequences.
/// </summary>
internal sealed partial class RestoredLog(NpgsqlDataSource dataSource, ILogger logger)
{
    // None is given out below 3; 0 is that of events that were copied from a file, which stand before the others already and keep their
    // cursors. What is visible was written by a transaction that was given out, so that a newest event which was not is proof; and with
    // one row to look at that costs nothing. All events, or those that stay would stand behind those that came after them.
    private const string Sql =
        """
        UPDATE sessions.session_event SET xid = '1'
        WHERE xid > '1' AND pg_snapshot_xmax(pg_current_snapshot()) <= (
            SELECT xid FROM sessions.session_event ORDER BY xid DESC, cursor DESC LIMIT 1)
        """;

    /// <summary>Puts the log before everything that is written from now on, if it comes from elsewhere. Several silos may do so at once.</summary>
    /// <exception cref="StoreUnavailableException">The database could not answer.</exception>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = dataSource.CreateCommand(Sql);

            // Once after a restore, however long the log is.
            command.CommandTimeout = 0;
            if (await command.ExecuteNonQueryAsync(cancellationToken) is var events and > 0)
            {
                LogRestored(events);
            }
        }
        catch (NpgsqlException e)
        {
            throw DatabaseFault.Explain("The log cannot be looked at", e, dataSource);
        }
    }

    [LoggerMessage(3102, LogLevel.Warning, "The log comes from another server: its {Count} events stand before everything from now on, and cursors from before mean nothing.")]
    private partial void LogRestored(int count);
}
