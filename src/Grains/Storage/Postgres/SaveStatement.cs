using Npgsql;

namespace Sessions.Storage.Postgres;

/// <summary>
/// The one statement that writes a batch: every save with its events and executions, or nothing of it, each on its own condition.
/// One statement is one transaction, so nothing has to be begun or committed.
/// </summary>
/// <remarks>
/// There are two, of which the longer one writes executions too: what a statement names it has to open and lock, used or not, and
/// that makes a lone save a sixth dearer.
/// </remarks>
internal static class SaveStatement
{
    // The rows are taken in the order of their ids, in every batch of every silo: two batches that meet wait for each other in
    // one direction only. A save from version 2 on must find its row, because it may replace but never create one; a scalar
    // subquery looks for it, because the planner may turn EXISTS into a hash of the whole index.
    private const string RecordsAndEvents =
        """
        WITH incoming AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                AS one (id, namespace, creator, status, version, template,
                        requested_at, created_at, expires_at, due_at, changed_at, body, epoch, data_limit)
        ), saved AS (
            INSERT INTO sessions.session AS held (id, namespace, creator, status, version, template,
                requested_at, created_at, expires_at, due_at, changed_at, body, epoch, data_limit)
            SELECT id, namespace, creator, status, version, template,
                requested_at, created_at, expires_at, due_at, changed_at, body, epoch, data_limit
            FROM incoming
            WHERE version = 1
                OR (SELECT present.version FROM sessions.session AS present WHERE present.id = incoming.id) IS NOT NULL
            ORDER BY id
            ON CONFLICT (id) DO UPDATE SET
                status = excluded.status, version = excluded.version, created_at = excluded.created_at,
                expires_at = excluded.expires_at, due_at = excluded.due_at, changed_at = excluded.changed_at,
                body = excluded.body, epoch = excluded.epoch, data_limit = excluded.data_limit
            WHERE held.version = excluded.version - 1
            RETURNING id
        ), logged AS (
            INSERT INTO sessions.session_event (session_id, sequence, namespace, type, at, actor, reason, body)
            SELECT session_id, sequence, namespace, type, at, actor, reason, body
            FROM unnest($15, $16, $17, $18, $19, $20, $21, $22)
                AS one (session_id, sequence, namespace, type, at, actor, reason, body)
            WHERE session_id IN (SELECT id FROM saved)
            ORDER BY session_id, sequence
        )
        """;

    // Whoever adds to a session's executions, or drops some, has locked its row before, so that no two can meet here. What is to
    // go is looked up session by session and then fetched by its place: for a join the planner may read all that every session
    // has, and OFFSET 0 keeps it from making one.
    private const string Executions =
        """
        , executed AS (
            INSERT INTO sessions.execution (session_id, sequence, function, started_at, duration, outcome, depth)
            SELECT session_id, sequence, function, started_at, duration, outcome, depth
            FROM unnest($23, $24, $25, $26, $27, $28, $29)
                AS one (session_id, sequence, function, started_at, duration, outcome, depth)
            WHERE session_id IN (SELECT id FROM saved)
            ORDER BY session_id, sequence
        ), dropped AS (
            DELETE FROM sessions.execution WHERE ctid = ANY (ARRAY(
                SELECT old.place
                FROM unnest($30, $31) AS one (session_id, sequence)
                CROSS JOIN LATERAL (
                    SELECT ctid AS place FROM sessions.execution AS held
                    WHERE held.session_id = one.session_id AND held.sequence <= one.sequence
                    OFFSET 0
                ) AS old
                WHERE one.session_id IN (SELECT id FROM saved)
            ))
        )
        """;

    private const string Answer = " SELECT id FROM saved";

    /// <summary>Whether a batch needs the longer statement.</summary>
    public static bool NeedsExecutions(ArraySegment<PendingSave> batch) => batch.Any(save => !save.Row.Executions.IsEmpty);

    /// <param name="connection">Where to send it.</param>
    /// <param name="executions">Which of the two; the longer one can write any batch.</param>
    public static NpgsqlCommand CreateCommand(NpgsqlConnection connection, bool executions)
    {
        var command = new NpgsqlCommand(RecordsAndEvents + (executions ? Executions : "") + Answer, connection);
        SaveParameters.Add(command, executions);
        return command;
    }

    /// <summary>Writes a batch in which no session stands twice, and notes each save's answer once all of it is committed.</summary>
    public static async Task ExecuteAsync(NpgsqlCommand command, ArraySegment<PendingSave> batch)
    {
        SaveParameters.Bind(command, [.. batch.Select(save => save.Row)]);
        var saved = new HashSet<string>(batch.Count, StringComparer.Ordinal);
        await using (var reader = await command.ExecuteReaderAsync(CancellationToken.None))
        {
            while (await reader.ReadAsync(CancellationToken.None))
            {
                saved.Add(reader.GetString(0));
            }

            // The rows come before the commit, which may still fail. Only the end of the answer says that it did not.
            await reader.NextResultAsync(CancellationToken.None);
        }

        foreach (var save in batch)
        {
            save.Answered(saved.Contains(save.Row.Id));
        }
    }
}
