using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core.Search;
using Sessions.Storage.Postgres.Reading;

namespace Sessions.Storage.Postgres.Search;

/// <summary>The statements that search, one for each way to walk, and the parameters that they all take.</summary>
/// <remarks>
/// A way has one stream of sessions, or several that are merged: one for each namespace. Of every stream a bounded number of sessions is
/// looked at, in order, and no more of them than until a page is full. What lies beyond the first end of a stream that was cut off at
/// its bound, the horizon, cannot be told: the stream may have something to put before it. The next page goes on from the horizon.
/// <para>
/// Streams are in the order of their index, which is by time alone, and are never sorted before they are cut: how much of one there is the
/// planner cannot know, and where it takes it for little, it would read and sort it all. So every cut falls between two instants, never
/// between two sessions of one instant, and only what is left is put into its order.
/// </para>
/// </remarks>
/// <param name="Query">Which sessions.</param>
/// <param name="Order">In which order.</param>
/// <param name="Path">The way to walk.</param>
/// <param name="Keys">What to walk there: namespaces, or one creator, template or label; one empty text for all.</param>
/// <param name="MostWalked">The most sessions that any statement may look at.</param>
internal sealed record SearchStatement(SessionQuery Query, SessionOrder Order, SearchPath Path, string[] Keys, int MostWalked)
{
    private const string BeforeAnyId = "";
    private const string AfterAnyId = "~";

    /// <summary>The condition of the index of those that have not ended; in these very words, which the planner compares.</summary>
    public const string IsOpen = "is_open";

    // What a query may ask of a session, beside its labels.
    private const string Known = "namespace, creator, status, template, requested_at, ends_at";

    // Counts here, and OFFSET 0 below, keep the planner to looking up one session after the other; it may turn EXISTS into a hash of all
    // labels, and a join into one of all sessions.
    private const string Meant =
        """
        ($8 IS NULL OR namespace = $8 OR ($9 AND namespace > $8 || '/' AND namespace < $8 || '0'))
        AND ($10 IS NULL OR creator = $10)
        AND ($11 IS NULL OR status = ANY ($11))
        AND ($12 IS NULL OR split_part(template, '@', 1) = $12)
        AND ($13 IS NULL OR template = $13)
        AND ($14 IS NULL OR requested_at >= $14)
        AND ($15 IS NULL OR requested_at < $15)
        AND ($16 IS NULL OR ends_at >= $16)
        AND ($17 IS NULL OR ends_at < $17)
        AND ($18 IS NULL OR cardinality($18) = (
            SELECT count(*) FROM sessions.session_label AS one WHERE one.session_id = walked.id AND one.label = ANY ($18)))
        AND ($19 IS NULL OR 0 < (
            SELECT count(*) FROM sessions.session_label AS one WHERE one.session_id = walked.id AND strpos(one.folded, $19) > 0))
        """;

    private const int FirstCondition = 20;

    // What few queries state. Each takes one parameter.
    private string Conditions => string.Concat(Query.LabelConditions.Select((condition, n) =>
    {
        var parameter = string.Create(CultureInfo.InvariantCulture, $"${FirstCondition + n}");
        var which = condition.Values.IsEmpty ? $"one.label >= {parameter}[1] AND one.label < {parameter}[2]" : $"one.label = ANY ({parameter})";
        var has = condition.Operator is LabelOperator.NotIn or LabelOperator.NotExists ? "0 =" : "0 <";
        return $"AND {has} (SELECT count(*) FROM sessions.session_label AS one WHERE one.session_id = walked.id AND {which}) ";
    })) + (Query.HasEnd is { } hasEnd ? $"AND ends_at IS {(hasEnd ? "NOT " : "")}NULL" : "");

    private int PerStream => Math.Max(1, SearchPaths.Scan(Path, Query, MostWalked) / Keys.Length);

    // Not the one that is walked, which all have.
    private string[]? LabelsToLookUp =>
        SearchKeys.LabelsWanted(Query).Except(Path == SearchPath.Label ? Keys : []).ToArray() is { Length: > 0 } labels
            ? labels
            : null;

    private string Time => SearchKeys.GoesByEnd(Order) ? "ends_at" : "requested_at";

    private bool IsDescending => SearchKeys.IsDescending(Order);

    private string InOrder => Ordered("at", "id", IsDescending);

    private string Behind => IsDescending ? "<" : ">";

    private string NotBehind => IsDescending ? ">=" : "<=";

    // One stream: its sessions, from an index alone, and what is known of them.
    private string Stream => Path switch
    {
        SearchPath.Label =>
            $"""
            SELECT next.*, {Known} FROM ({Walk("sessions.session_label", "session_id", "", "label = stream.key")}) AS next
            LEFT JOIN LATERAL (SELECT {Known} FROM sessions.session WHERE id = next.id OFFSET 0) AS held ON true
            """,
        SearchPath.Creator => Walk("sessions.session", "id", Known, "creator = stream.key"),
        SearchPath.Template => Walk("sessions.session", "id", Known, "split_part(template, '@', 1) = stream.key AND template IS NOT NULL"),
        SearchPath.Namespace when SearchKeys.GoesByEnd(Order) =>
            Walk("sessions.session", "id", Known, $"namespace = stream.key AND {IsOpen} AND ends_at IS NOT NULL"),
        SearchPath.Namespace => Walk("sessions.session", "id", Known, "namespace = stream.key"),
        _ => Walk("sessions.session", "id", Known, $"{Time} IS NOT NULL"),
    };

    private string InTime => IsDescending ? "at DESC" : "at";

    // What is meant, and with it the ends of the streams that were cut off, which are in their last places.
    private string Looked(string enough) =>
        $"""
        WITH scanned AS MATERIALIZED (
            SELECT stream.key, seen.*
            FROM unnest($1) AS stream (key) CROSS JOIN LATERAL (
                SELECT at, id, place, namespace, status, meant
                FROM (
                    SELECT walked.at, walked.id, walked.place, walked.namespace, walked.status, {Meant} {Conditions} AS meant FROM ({Stream}) AS walked
                ) AS judged
                WHERE meant OR place >= $4
                {enough}
            ) AS seen
        ), horizon AS (
            SELECT at, id
            FROM (SELECT DISTINCT ON (key) at, id FROM scanned WHERE place >= $4 ORDER BY key, {Ordered("at", "id", !IsDescending)}) AS cut
            ORDER BY {InOrder} LIMIT 1
        ), found AS (
            SELECT at, id, namespace, status FROM scanned
            WHERE meant AND ((SELECT id FROM horizon) IS NULL OR (at, id) {NotBehind} (SELECT at, id FROM horizon))
        )
        """;

    /// <summary>Asks for a page. A row has the horizon, a place and a body, and there is one row even where nothing is found.</summary>
    public string Page =>
        $"""
        {Looked($"ORDER BY {InTime} FETCH FIRST $5 ROWS WITH TIES")}
        SELECT (SELECT at FROM horizon), (SELECT id FROM horizon), page.at, page.id, {StoredRow.Columns}
        FROM (VALUES (1)) AS one
        LEFT JOIN LATERAL (SELECT at, id FROM found ORDER BY {InOrder} LIMIT $5) AS page ON true
        LEFT JOIN LATERAL (SELECT body, data_version, data_bytes FROM sessions.session WHERE id = page.id OFFSET 0) AS held ON true
        ORDER BY {Ordered("page.at", "page.id", IsDescending)}
        """;

    /// <summary>Asks for a count. A row has the horizon, a namespace, a state and a number, and there is one row even where nothing is found.</summary>
    public string Count =>
        $"""
        {Looked("")}
        SELECT (SELECT at FROM horizon), (SELECT id FROM horizon), counted.namespace, counted.status, counted.sessions
        FROM (VALUES (1)) AS one
        LEFT JOIN (SELECT namespace, status, count(*) AS sessions FROM found WHERE $5 > 0 GROUP BY namespace, status) AS counted ON true
        """;

    /// <param name="after">Where to begin.</param>
    /// <param name="limit">How many to show.</param>
    public NpgsqlParameter[] Parameters(SearchPosition? after, int limit)
    {
        var (from, before) = SearchKeys.GoesByEnd(Order) ? (Query.EndsFrom, Query.EndsBefore) : (Query.RequestedFrom, Query.RequestedBefore);
        return
        [
            new NpgsqlParameter<string[]> { TypedValue = Keys, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            Instant(after?.At ?? (IsDescending ? DateTimeOffset.MaxValue : DateTimeOffset.MinValue)),
            new NpgsqlParameter<string> { TypedValue = after?.Id.ToString() ?? (IsDescending ? AfterAnyId : BeforeAnyId) },
            new NpgsqlParameter<int> { TypedValue = PerStream },
            new NpgsqlParameter<int> { TypedValue = limit },
            Instant(from is { } first ? SearchKeys.Whole(first) : DateTimeOffset.MinValue),
            Instant(before is { } end ? SearchKeys.Whole(end) : DateTimeOffset.MaxValue),
            Text(Query.Namespace?.ToString()),
            new NpgsqlParameter<bool> { TypedValue = Query.IncludeBelow },
            Text(Query.Creator?.ToString()),
            new NpgsqlParameter
            {
                Value = Query.Statuses.IsEmpty ? DBNull.Value : Query.Statuses.Select(status => (short)status).ToArray(),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint,
            },
            Text(Query.Template?.Name),
            Text(Query.Template is { Version: not null } exact ? exact.ToString() : null),
            Bound(Query.RequestedFrom),
            Bound(Query.RequestedBefore),
            Bound(Query.EndsFrom),
            Bound(Query.EndsBefore),
            new NpgsqlParameter
            {
                Value = (object?)LabelsToLookUp ?? DBNull.Value,
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
            },
            Text(Query.Text is { } text ? SearchKeys.Fold(text) : null),
            .. Query.LabelConditions.Select(LabelsOf),
        ];
    }

    private static NpgsqlParameter LabelsOf(LabelCondition condition)
    {
        var (from, before) = SearchKeys.LabelsWithKey(condition.Key);
        return new NpgsqlParameter<string[]>
        {
            TypedValue = condition.Values.IsEmpty ? [from, before] : [.. condition.Values.Select(value => SearchKeys.LabelOf(condition.Key, value))],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        };
    }

    private static string Ordered(string at, string id, bool descending) => descending ? $"{at} DESC, {id} DESC" : $"{at}, {id}";

    private string Walk(string table, string id, string known, string key) =>
        $"""
        SELECT walk.*, row_number() OVER (ORDER BY {InTime}) AS place
        FROM (
            SELECT {Time} AS at, {id} AS id{(known.Length > 0 ? ", " + known : "")} FROM {table}
            WHERE {key} AND {Time} >= $6 AND {Time} < $7 AND {Time} {Behind}= $2 AND ({Time}, {id}) {Behind} ($2, $3)
            ORDER BY {InTime} FETCH FIRST $4 ROWS WITH TIES
        ) AS walk
        """;

    private static NpgsqlParameter<DateTime> Instant(DateTimeOffset at) =>
        new() { TypedValue = at.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlParameter Bound(DateTimeOffset? at) => new()
    {
        Value = at is { } instant ? SearchKeys.Whole(instant).UtcDateTime : DBNull.Value,
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
    };

    private static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
