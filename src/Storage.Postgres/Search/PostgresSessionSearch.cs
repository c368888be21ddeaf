using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core;
using Sessions.Core.Search;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Reading;
using static Sessions.Storage.Postgres.SqlValues;

namespace Sessions.Storage.Postgres.Search;

/// <summary>Lists and counts in PostgreSQL.</summary>
internal sealed partial class PostgresSessionSearch(StoreDatabase database) : ISessionSearch
{
    private readonly ILogger logger = database.Loggers.CreateLogger<PostgresSessionSearch>();

    /// <summary>How many sessions the question for a page looks at, whatever it finds there.</summary>
    internal int PageScan { get; init; } = 2000;

    /// <summary>How many sessions the question for a count looks at, whatever it finds there.</summary>
    internal int CountScan { get; init; } = 20_000;

    /// <inheritdoc/>
    public async ValueTask<SearchPage> SearchAsync(
        SessionQuery query, SessionOrder order, SearchPosition? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        var statement = await StatementAsync(query, order, PageScan, cancellationToken);

        // One more than is shown tells whether anything follows.
        var rows = await database.QueryAsync(statement.Page, statement.Parameters(after, limit + 1), SearchRow.OfPage, cancellationToken);
        ImmutableArray<SearchRow> found = [.. rows.Where(row => row.Place is not null)];
        return new SearchPage(
            [.. found.Take(limit).Select(Read).OfType<SessionRecord>()],
            found.Length > limit ? found[limit - 1].Place : rows[0].Horizon);
    }

    /// <inheritdoc/>
    public async ValueTask<SearchCount> CountAsync(SessionQuery query, SearchPosition? after, CancellationToken cancellationToken)
    {
        var statement = await StatementAsync(query, SearchKeys.OrderForCount(query), CountScan, cancellationToken);
        var rows = await database.QueryAsync(statement.Count, statement.Parameters(after, limit: 1), CountRow.Of, cancellationToken);
        return SearchCount.Of(
            rows.Where(row => row.Sessions > 0).Select(row => (SessionNamespace.Parse(row.Namespace!), row.Status, row.Sessions)),
            rows[0].Horizon);
    }

    private async ValueTask<SearchStatement> StatementAsync(
        SessionQuery query, SessionOrder order, int mostWalked, CancellationToken cancellationToken)
    {
        var path = SearchPaths.Choose(query, order);
        string[] keys = path switch
        {
            SearchPath.Label => [SearchKeys.LabelsWanted(query).First()],
            SearchPath.Creator => [query.Creator!.Value.ToString()],
            SearchPath.Template => [query.Template!.Value.Name],
            SearchPath.Namespace when query.IncludeBelow =>
                [query.Namespace!.Value.ToString(), .. await ReadNamespacesBelowAsync(query.Namespace.Value, cancellationToken)],
            SearchPath.Namespace => [query.Namespace!.Value.ToString()],
            _ => [""],
        };
        return keys.Length > SearchPaths.MaxNamespaces
            ? new SearchStatement(query, order, SearchPath.Time, [""], mostWalked)
            : new SearchStatement(query, order, path, keys, mostWalked);
    }

    /// <summary>Up to so many namespaces below one that it shows whether there are too many.</summary>
    private ValueTask<ImmutableArray<string>> ReadNamespacesBelowAsync(SessionNamespace root, CancellationToken cancellationToken) => database.QueryAsync(
        // From one to the next, each by a look into the index. What lies below a namespace starts with it and '/', and so sorts before it
        // and '0', the character after '/'.
        """
        WITH RECURSIVE below AS (
            (SELECT namespace FROM sessions.session WHERE namespace > $1 || '/' AND namespace < $1 || '0' ORDER BY namespace LIMIT 1)
            UNION ALL
            SELECT (
                SELECT namespace FROM sessions.session AS next
                WHERE next.namespace > below.namespace AND next.namespace < $1 || '0' ORDER BY namespace LIMIT 1
            )
            FROM below WHERE below.namespace IS NOT NULL
        )
        SELECT namespace FROM below WHERE namespace IS NOT NULL LIMIT $2
        """,
        [Text(root.ToString()), Limit(SearchPaths.MaxNamespaces)],
        row => row.GetString(0),
        cancellationToken);

    /// <summary>The record; null, and the log told, where it cannot be read: the others are to be shown all the same.</summary>
    private SessionRecord? Read(SearchRow row)
    {
        try
        {
            return row.Row!.Record;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            LogNotListed(e, row.Place!.Id);
            return null;
        }
    }

    private readonly record struct SearchRow(SearchPosition? Horizon, SearchPosition? Place, StoredRow? Row)
    {
        public static SearchRow OfPage(NpgsqlDataReader row) =>
            new(PositionAt(row, 0), PositionAt(row, 2), row.IsDBNull(2) ? null : StoredRow.Of(row, 4));

        public static SearchPosition? PositionAt(NpgsqlDataReader row, int column) => row.IsDBNull(column)
            ? null
            : new SearchPosition(row.GetFieldValue<DateTimeOffset>(column), SessionId.Parse(row.GetString(column + 1)));
    }

    private readonly record struct CountRow(SearchPosition? Horizon, string? Namespace, SessionStatus Status, long Sessions)
    {
        public static CountRow Of(NpgsqlDataReader row) => row.IsDBNull(2)
            ? new(SearchRow.PositionAt(row, 0), null, default, 0)
            : new(SearchRow.PositionAt(row, 0), row.GetString(2), (SessionStatus)row.GetInt16(3), row.GetInt64(4));
    }
}
