using Sessions.Core.Events;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Log;

/// <summary>The events of all sessions in PostgreSQL.</summary>
internal sealed class PostgresEventLog(StoreDatabase database) : IEventLog
{
    /// <summary>How much of the log one question looks at, whatever it finds there.</summary>
    internal int Scan { get; init; } = 20_000;

    /// <inheritdoc/>
    public async ValueTask<EventLogPage> ReadLogAsync(
        SessionNamespace? within, EventCursor after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        var query = new EventLogQuery(within, after, limit, Scan);
        return query.ToPage(await database.QueryAsync(EventLogQuery.Sql, query.Parameters, EventLogQuery.Read, cancellationToken));
    }
}
