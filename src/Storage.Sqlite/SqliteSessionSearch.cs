using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sessions.Core;
using Sessions.Core.Search;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Rows;

namespace Sessions.Storage.Sqlite;

/// <summary>Lists and counts.</summary>
internal sealed partial class SqliteSessionSearch(SqliteDatabase database) : ISessionSearch
{
    private readonly ILogger logger = database.Logger;

    /// <summary>The most sessions that the query for a page looks at.</summary>
    internal int PageScan { get; init; } = 2000;

    /// <summary>The most sessions that the query for a count looks at.</summary>
    internal int CountScan { get; init; } = 20_000;

    /// <inheritdoc/>
    public ValueTask<SearchPage> SearchAsync(
        SessionQuery query, SessionOrder order, SearchPosition? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadMuchAsync(
            connection =>
            {
                // One more than is shown tells whether anything follows.
                var (found, horizon) = new SearchWalk(connection, query, order, PageScan).Run(after, limit + 1);
                return new SearchPage(
                    [.. found.Take(limit).Select(one => Read(connection, one)).OfType<SessionRecord>()],
                    found.Count > limit ? found[limit - 1].Place : horizon);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<SearchCount> CountAsync(SessionQuery query, SearchPosition? after, CancellationToken cancellationToken) =>
        database.ReadMuchAsync(
            connection =>
            {
                var walk = new SearchWalk(connection, query, SearchKeys.OrderForCount(query), CountScan);
                var (found, horizon) = walk.Run(after, int.MaxValue);
                return SearchCount.Of(
                    found.GroupBy(one => (one.Namespace, one.Status))
                        .Select(group => (NameOf(connection, group.Key.Namespace), group.Key.Status, group.LongCount())),
                    horizon);
            },
            cancellationToken);

    private static SessionNamespace NameOf(SqliteConnection connection, long number)
    {
        using var row = connection.Use("SELECT name FROM namespace WHERE n = ?1").Bind(1, number);
        return row.Step() ? SessionNamespace.Parse(row.Text(0)) : throw new FormatException($"The namespace {number} has no name.");
    }

    /// <summary>The record; null, and logged, where it cannot be read: the others are to be shown all the same.</summary>
    private SessionRecord? Read(SqliteConnection connection, FoundSession found)
    {
        using var row = connection.Use($"SELECT {SessionRow.Columns} FROM session WHERE n = ?1").Bind(1, found.N);
        try
        {
            return row.Step() ? SessionRow.Read(row, 0) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            LogNotListed(e, found.Place.Id);
            return null;
        }
    }

    [LoggerMessage(3213, LogLevel.Warning, "Session {Session} cannot be read and is left out of a list.")]
    private partial void LogNotListed(Exception exception, SessionId session);
}
