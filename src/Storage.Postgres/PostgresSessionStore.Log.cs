using Sessions.Core.Events;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres;

public sealed partial class PostgresSessionStore : IEventLog
{
    /// <summary>How much of the log one question looks at, whatever it finds there.</summary>
    internal int LogScan { get; init; } = 20_000;

    /// <inheritdoc/>
    public async ValueTask<EventLogPage> ReadLogAsync(
        SessionNamespace? within, EventCursor after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        var query = new EventLogQuery(within, after, limit, LogScan);
        return query.ToPage(await QueryAsync(EventLogQuery.Sql, query.Parameters, EventLogQuery.Read, cancellationToken));
    }
}
