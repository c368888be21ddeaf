using System.Collections.Immutable;
using Sessions.Core.Events;
using Sessions.Core.Search;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Rows;

namespace Sessions.Storage.Sqlite;

/// <summary>
/// The log. A cursor has the transaction 0 and the number of the event's row. There is one writer, and it commits in the order of these
/// numbers: what is read stands for ever.
/// </summary>
internal sealed class SqliteEventLog(SqliteDatabase database) : IEventLog
{
    /// <summary>The most positions of the log that one read looks at.</summary>
    internal int LogScan { get; init; } = 20_000;

    /// <inheritdoc/>
    public ValueTask<EventLogPage> ReadLogAsync(
        SessionNamespace? within, EventCursor after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadMuchAsync(connection => Read(connection, within, after, limit), cancellationToken);
    }

    private EventLogPage Read(SqliteConnection connection, SessionNamespace? within, EventCursor after, int limit)
    {
        var horizon = new EventCursor(0, Number(connection, "SELECT max(position) FROM event"));
        // The place of the newest event, and not the one after it: a reader that begins at the end goes on with the next event.
        var end = new EventCursor(0, Number(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'event'"));
        var from = after.Transaction == 0 ? after.Position : long.MaxValue;
        var (positions, scannedTo) = within is { } name
            ? FindWithin(connection, NamespaceTree.Read(connection, name), from, limit)
            : (FindAll(connection, from, limit), null);
        var events = positions.Select(position => ReadOne(connection, position)).ToImmutableArray();
        var next = events.Length == limit ? events[^1].Cursor
            : scannedTo is { } scanned ? new EventCursor(0, scanned)
            : after > horizon ? after
            : horizon;
        return new EventLogPage(events, next, horizon, end, end);
    }

    private static List<long> FindAll(SqliteConnection connection, long from, int limit)
    {
        using var rows = connection.Use("SELECT position FROM event WHERE position > ?1 ORDER BY position LIMIT ?2");
        return Numbers(rows.Bind(1, from).Bind(2, limit));
    }

    /// <summary>The first positions in any of some namespaces; and how far the log was looked through, where it was not to the end.</summary>
    private (List<long> Positions, long? ScannedTo) FindWithin(SqliteConnection connection, List<long> namespaces, long from, int limit)
    {
        var found = new List<long>();
        if (namespaces.Count <= SearchPaths.MaxNamespaces)
        {
            foreach (var n in namespaces)
            {
                using var rows = connection.Use(
                    "SELECT position FROM event INDEXED BY event_namespace WHERE namespace = ?1 AND position > ?2 ORDER BY position LIMIT ?3");
                found.AddRange(Numbers(rows.Bind(1, n).Bind(2, from).Bind(3, limit)));
            }

            return ([.. found.Order().Take(limit)], null);
        }

        var meant = namespaces.ToHashSet();
        using var all = connection.Use("SELECT position, namespace FROM event WHERE position > ?1 ORDER BY position LIMIT ?2");
        all.Bind(1, from).Bind(2, LogScan);
        var (looked, last) = (0, from);
        while (found.Count < limit && all.Step())
        {
            (looked, last) = (looked + 1, all.Int64(0));
            if (meant.Contains(all.Int64(1)))
            {
                found.Add(last);
            }
        }

        return (found, looked == LogScan ? last : null);
    }

    private static LoggedEvent ReadOne(SqliteConnection connection, long position)
    {
        using var row = connection.Use($"SELECT {EventRow.Columns} FROM {EventRow.Joined} WHERE e.position = ?1").Bind(1, position);
        return row.Step() ? EventRow.Read(row) : throw new FormatException($"The event {position} belongs to no session.");
    }

    private static List<long> Numbers(SqliteStatement rows)
    {
        var numbers = new List<long>();
        while (rows.Step())
        {
            numbers.Add(rows.Int64(0));
        }

        return numbers;
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var row = connection.Use(sql);
        return row.Step() ? row.NullableInt64(0) ?? 0 : 0;
    }
}
