using Microsoft.Extensions.Logging;

namespace Sessions.Storage.Postgres.Search;

internal sealed partial class PostgresSessionSearch
{
    [LoggerMessage(3103, LogLevel.Warning, "Session {Session} cannot be read and is left out of a list.")]
    private partial void LogNotListed(Exception exception, SessionId session);
}
