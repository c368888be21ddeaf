using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core.Events;
using Sessions.Storage.Postgres.Reading;

namespace Sessions.Storage.Postgres.Log;

/// <summary>The question for a part of the log, and how its rows are read.</summary>
/// <remarks>
/// Nothing is read of a transaction that might still be running, nor of any that began after it: ids of transactions are given out in
/// order, so what commits later stands later. The rows are numbered as they are scanned, and the last one that a question may scan comes
/// back whether it matches or not: it says how far the question got.
/// </remarks>
internal sealed class EventLogQuery(SessionNamespace? within, EventCursor after, int limit, int scanLimit)
{
    // What lies below a namespace starts with it and '/', and so sorts before it and '0', the character after '/'.
    public const string Sql =
        """
        SELECT pg_snapshot_xmin(now.snapshot), pg_snapshot_xmax(now.snapshot), last.xid, last.cursor, found.place, found.xid, found.cursor,
            found.session_id, found.sequence, found.type, found.namespace, found.actor, found.reason, found.body
        FROM (SELECT pg_current_snapshot() AS snapshot) AS now
        LEFT JOIN LATERAL (
            SELECT xid, cursor FROM sessions.session_event
            WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid DESC, cursor DESC LIMIT 1
        ) AS last ON true
        LEFT JOIN LATERAL (
            SELECT * FROM (
                SELECT row_number() OVER (ORDER BY xid, cursor) AS place,
                    xid, cursor, session_id, sequence, type, namespace, actor, reason, body
                FROM sessions.session_event
                WHERE (xid, cursor) > ($1, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
                ORDER BY xid, cursor LIMIT $5
            ) AS scanned
            WHERE place = $5 OR $3 IS NULL OR namespace = $3 OR (namespace > $3 || '/' AND namespace < $3 || '0')
            ORDER BY xid, cursor LIMIT $4
        ) AS found ON true
        ORDER BY found.xid, found.cursor
        """;

    public NpgsqlParameter[] Parameters =>
    [
        new NpgsqlParameter<ulong> { TypedValue = after.Transaction, NpgsqlDbType = NpgsqlDbType.Xid8 },
        new NpgsqlParameter<long> { TypedValue = after.Position },
        new NpgsqlParameter { Value = (object?)within?.ToString() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        new NpgsqlParameter<long> { TypedValue = limit },
        new NpgsqlParameter<long> { TypedValue = scanLimit },
    ];

    public static EventLogRow Read(NpgsqlDataReader row) => new(
        Running: row.GetFieldValue<ulong>(0),
        Next: row.GetFieldValue<ulong>(1),
        Last: row.IsDBNull(2) ? EventCursor.Start : new EventCursor(row.GetFieldValue<ulong>(2), row.GetInt64(3)),
        Place: row.IsDBNull(4) ? 0 : row.GetInt64(4),
        Event: row.IsDBNull(4) ? null : new LoggedEvent(
            new EventCursor(row.GetFieldValue<ulong>(5), row.GetInt64(6)), EventReader.Read(row, 7)));

    public EventLogPage ToPage(ImmutableArray<EventLogRow> rows)
    {
        var (horizon, last) = (rows[0].Last, rows[^1]);
        var next = last.Event is not null && (rows.Length == limit || last.Place == scanLimit) ? last.Event.Cursor
            : after > horizon ? after
            : horizon;
        return new EventLogPage(
            [.. rows.Select(row => row.Event).OfType<LoggedEvent>().Where(e => within?.Contains(e.Event.Namespace) ?? true)],
            next,
            horizon,
            new EventCursor(rows[0].Running, 0),
            new EventCursor(rows[0].Next, 0));
    }
}

/// <summary>What the store looked at, with one event or without.</summary>
/// <param name="Running">The oldest transaction that may be running.</param>
/// <param name="Next">The first transaction that was not over yet, and none after it was.</param>
/// <param name="Last">The last event that is final.</param>
/// <param name="Place">The event's place among those that were scanned, from 1.</param>
/// <param name="Event">The event.</param>
internal readonly record struct EventLogRow(ulong Running, ulong Next, EventCursor Last, long Place, LoggedEvent? Event);
