using Sessions.Storage.Postgres.Reading;

namespace Sessions.Storage.Postgres.Due;

/// <summary>The statements of a sweep.</summary>
internal static class DueStatements
{
    /// <summary>
    /// $1 the namespace to go on behind, $2 how many. Steps through the index from the first session of one namespace to the first of
    /// the next, so that it costs as much as there are namespaces, however many sessions they have.
    /// </summary>
    public const string Namespaces =
        """
        WITH RECURSIVE step AS (
            (
                SELECT namespace, due_at FROM sessions.session
                WHERE due_at IS NOT NULL AND namespace > $1 ORDER BY namespace, due_at LIMIT 1
            )
            UNION ALL
            SELECT later.namespace, later.due_at
            FROM step
            CROSS JOIN LATERAL (
                SELECT namespace, due_at FROM sessions.session
                WHERE due_at IS NOT NULL AND namespace > step.namespace ORDER BY namespace, due_at LIMIT 1
            ) AS later
        )
        SELECT namespace, due_at FROM step LIMIT $2
        """;

    /// <summary>
    /// $1 namespaces, $2 until when, $3 how many of each. Rows that others hold are passed over: they are being swept, or saved, and whoever
    /// saves one says anew when it is due.
    /// </summary>
    public const string Take =
        $"""
        SELECT one.*
        FROM unnest($1) AS asked (namespace)
        CROSS JOIN LATERAL (
            SELECT id, namespace, {StoredRow.Columns}
            FROM sessions.session AS held
            WHERE held.namespace = asked.namespace AND held.due_at <= $2
            ORDER BY held.due_at LIMIT $3
            FOR UPDATE SKIP LOCKED
        ) AS one
        """;

    /// <summary>$1 sessions, $2 when each is due again. Their version stays: the next save says anew when the session is due.</summary>
    public const string PutOff =
        """
        UPDATE sessions.session AS held SET due_at = later.due_at
        FROM unnest($1, $2) AS later (id, due_at)
        WHERE held.id = later.id
        """;

    /// <summary>
    /// $1 sessions, $2 the spaces of their data. Their rows are locked, and whoever adds to a session's log, executions or data has its
    /// row locked before: nothing can be added behind this.
    /// </summary>
    public const string Delete =
        """
        WITH events AS (
            DELETE FROM sessions.session_event WHERE session_id = ANY ($1)
        ), executions AS (
            DELETE FROM sessions.execution WHERE session_id = ANY ($1)
        ), answers AS (
            DELETE FROM sessions.answer WHERE session_id = ANY ($1)
        ), data_answers AS (
            DELETE FROM sessions.data_answer WHERE session_id = ANY ($1)
        ), data AS (
            DELETE FROM sessions.data WHERE space = ANY ($2)
        )
        DELETE FROM sessions.session WHERE id = ANY ($1)
        """;
}
