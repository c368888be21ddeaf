using System.Globalization;
using Sessions.Core;
using Sessions.Core.Data;

namespace Sessions.Storage.Postgres.Data;

/// <summary>The statements of session data. Every one of them goes by a primary key.</summary>
internal static class DataStatements
{
    /// <summary>How much of what a session has goes in one statement.</summary>
    public const int DropPage = 1000;

    // A statement of its own before the write, in the same transaction: the next one then sees all that was committed before this one
    // got the lock, and nothing is judged by what was true before.
    public const string Lock = "SELECT id FROM sessions.session WHERE id = $1 FOR NO KEY UPDATE";

    /// <summary>
    /// $1 session, $2 space, $3 key, $4 value or null to delete, $5 expected version or null, $6 the write's token, $7 when its command was
    /// issued or null, $8 now, $9 for how long writes are recognised, these three in milliseconds; $10 the token that builds before gave the
    /// write, $11 and $12 the first and the last token of its id. What it does with writes before it is
    /// <see cref="AnswerRules.Record"/>, over <see cref="DataHistory"/>.
    /// </summary>
    public static readonly string Write =
        $"""
        WITH held AS (
            SELECT status, data_bytes, data_version, COALESCE(data_limit, {DataLimits.Default}) AS data_limit,
                data_writes, data_writes_made, COALESCE(cardinality(data_writes), 0) AS count,
                COALESCE(data_history, array_fill(NULL::bigint, ARRAY[{DataHistory.Count}])) AS h
            FROM sessions.session WHERE id = $1
        ), looked AS (
            SELECT *, COALESCE({H(DataHistory.Kept)} > 0
                AND ($7 IS NULL OR $7 <= {H(DataHistory.Newest)} OR $7 <= {H(DataHistory.Ahead)}), false) AS may_be_kept
            FROM held
        ), known AS (
            SELECT *, COALESCE(
                data_writes_made[array_position(data_writes, $6)],
                data_writes_made[array_position(data_writes, $10)],
                CASE WHEN may_be_kept
                    THEN (SELECT version FROM sessions.data_answer WHERE session_id = $1 AND token IN ($6, $10) LIMIT 1) END) AS made,
                EXISTS (SELECT FROM unnest(data_writes) AS one (token) WHERE token BETWEEN $11 AND $12)
                    OR (may_be_kept
                        AND EXISTS (SELECT FROM sessions.data_answer WHERE session_id = $1 AND token BETWEEN $11 AND $12)) AS of_id,
                COALESCE({H(DataHistory.SealedUntil)} <= $8, false) AS over,
                COALESCE({H(DataHistory.SealedUntil)} <= $8, true) AND count >= {AnswerRules.NotedFrom} AS seals
            FROM looked
        ), aged AS (
            SELECT *,
                CASE WHEN over THEN {H(DataHistory.Sealed)} ELSE {H(DataHistory.Expired)} END AS expired,
                CASE WHEN over THEN {H(DataHistory.SealedNewest)} ELSE {H(DataHistory.ExpiredNewest)} END AS expired_newest,
                over AND COALESCE({H(DataHistory.Kept)}, 0) > 0 AS drops,
                count >= {DataWrite.Remembered} AND data_writes_made[1] <=
                    COALESCE(CASE WHEN over THEN {H(DataHistory.Sealed)} ELSE {H(DataHistory.Expired)} END, 0) AS forgets
            FROM known
        ), present AS (
            SELECT version, octet_length(key) + octet_length(value) AS size FROM sessions.data WHERE space = $2 AND key = $3
        ), judged AS (
            SELECT aged.*, COALESCE(present.version, 0) AS present,
                CASE WHEN $4 IS NULL THEN 0 ELSE octet_length($3) + octet_length($4) END - COALESCE(present.size, 0) AS more
            FROM aged LEFT JOIN present ON true
        ), decided AS (
            SELECT *, CASE
                WHEN made IS NOT NULL THEN {(int)DataOutcome.Written}
                WHEN of_id THEN {(int)DataOutcome.Reused}
                WHEN $7 <= {H(DataHistory.Forgotten)} THEN {(int)DataOutcome.TooOld}
                WHEN status NOT IN ({Numbers(DataLimits.IsOpen)}) THEN {(int)DataOutcome.NotOpen}
                WHEN $5 <> present THEN {(int)DataOutcome.Conflict}
                WHEN more > 0 AND data_bytes + more > data_limit THEN {(int)DataOutcome.Full}
                ELSE {(int)DataOutcome.Written} END AS outcome
            FROM judged
        ), charged AS (
            UPDATE sessions.session AS session SET
                data_bytes = session.data_bytes + decided.more,
                data_version = session.data_version + 1,
                data_writes = (session.data_writes || $6)[GREATEST(1, cardinality(session.data_writes) + 2 - {DataWrite.Remembered}):],
                data_writes_made = (session.data_writes_made || (session.data_version + 1))
                    [GREATEST(1, cardinality(session.data_writes_made) + 2 - {DataWrite.Remembered}):],
                data_history = ARRAY[
                    CASE WHEN $7 - $8 <= {Lead} THEN GREATEST({H(DataHistory.Newest)}, $7) ELSE {H(DataHistory.Newest)} END,
                    CASE WHEN $7 - $8 > {Lead} THEN GREATEST({H(DataHistory.Ahead)}, $7) ELSE {H(DataHistory.Ahead)} END,
                    CASE WHEN seals THEN decided.data_version WHEN over THEN NULL ELSE {H(DataHistory.Sealed)} END,
                    CASE WHEN seals THEN GREATEST({H(DataHistory.Newest)}, $8) + $9 WHEN over THEN NULL ELSE {H(DataHistory.SealedUntil)} END,
                    CASE WHEN seals THEN {H(DataHistory.Newest)} WHEN over THEN NULL ELSE {H(DataHistory.SealedNewest)} END,
                    expired,
                    expired_newest,
                    CASE WHEN count >= {DataWrite.Remembered} AND NOT forgets THEN decided.data_writes_made[1]
                        WHEN drops AND {H(DataHistory.Kept)} <= expired THEN NULL
                        ELSE {H(DataHistory.Kept)} END,
                    CASE WHEN forgets OR drops THEN GREATEST({H(DataHistory.Forgotten)}, expired_newest) ELSE {H(DataHistory.Forgotten)} END
                ]
            FROM decided WHERE session.id = $1 AND decided.outcome = {(int)DataOutcome.Written} AND decided.made IS NULL
            RETURNING session.data_version, session.data_bytes
        ), kept AS (
            INSERT INTO sessions.data_answer (session_id, token, version)
            SELECT $1, data_writes[1], data_writes_made[1] FROM decided
            WHERE count >= {DataWrite.Remembered} AND NOT forgets AND (SELECT data_version FROM charged) IS NOT NULL
            ON CONFLICT (session_id, token) DO UPDATE SET version = excluded.version
        ), forgotten AS (
            DELETE FROM sessions.data_answer
            WHERE (SELECT drops FROM decided) AND (SELECT data_version FROM charged) IS NOT NULL
                AND session_id = $1 AND version <= (SELECT expired FROM decided)
        ), put AS (
            INSERT INTO sessions.data (space, key, version, value)
            SELECT $2, $3, data_version, $4 FROM charged WHERE $4 IS NOT NULL
            ON CONFLICT (space, key) DO UPDATE SET version = excluded.version, value = excluded.value
        ), deleted AS (
            DELETE FROM sessions.data WHERE space = $2 AND key = $3 AND $4 IS NULL AND (SELECT data_version FROM charged) IS NOT NULL
        )
        SELECT decided.outcome, COALESCE(charged.data_version, decided.made, decided.present),
            COALESCE(charged.data_version, decided.data_version), COALESCE(charged.data_bytes, decided.data_bytes),
            decided.data_limit, decided.status
        FROM decided LEFT JOIN charged ON true
        """;

    /// <summary>$1 session, $2 space, $3 key.</summary>
    public const string Read =
        """
        SELECT session.data_version, one.version, one.value
        FROM sessions.session AS session LEFT JOIN sessions.data AS one ON one.space = $2 AND one.key = $3
        WHERE session.id = $1
        """;

    // What begins with the prefix lies between it and it with the highest character as often as that fits.

    /// <summary>$1 space, $2 prefix, $3 after, $4 limit.</summary>
    public static readonly string List =
        $"""
        SELECT key, version, octet_length(value) FROM sessions.data
        WHERE space = $1 AND key >= $2 AND key <= $2 || repeat(chr(1114111), {DataKey.MaxBytes / 4}) AND key > $3 AND starts_with(key, $2)
        ORDER BY key LIMIT $4
        """;

    /// <summary>$1 session, $2 space.</summary>
    public static readonly string Drop =
        $"""
        WITH gone AS (
            DELETE FROM sessions.data WHERE ctid = ANY (ARRAY(SELECT ctid FROM sessions.data WHERE space = $2 LIMIT {DropPage}))
                AND (SELECT status FROM sessions.session WHERE id = $1) IN ({Numbers(Lifecycle.IsFinal)})
            RETURNING key
        )
        SELECT count(*) FROM gone
        """;

    /// <summary>$1 session.</summary>
    public static readonly string Forget =
        $"""
        WITH gone AS (
            DELETE FROM sessions.data_answer WHERE session_id = $1
                AND (SELECT status FROM sessions.session WHERE id = $1) IN ({Numbers(Lifecycle.IsFinal)})
        )
        UPDATE sessions.session SET data_bytes = 0, data_writes = NULL, data_writes_made = NULL, data_history = NULL
        WHERE id = $1 AND status IN ({Numbers(Lifecycle.IsFinal)}) RETURNING id
        """;

    private static string Lead => ((long)AnswerRules.MaxLead.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private static string H(int number) => string.Create(CultureInfo.InvariantCulture, $"h[{number}]");

    private static string Numbers(Func<SessionStatus, bool> states) =>
        string.Join(", ", Enum.GetValues<SessionStatus>().Where(states).Select(status => (int)status));
}
