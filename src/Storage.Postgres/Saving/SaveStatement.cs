using System.Runtime.InteropServices;
using Npgsql;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Saving;

/// <summary>
/// The one statement that writes a batch: every save with its events and executions, or nothing of it, each on its own condition.
/// One statement is one transaction, so nothing has to be begun or committed.
/// </summary>
/// <remarks>
/// There are several, each with the parts that its batch needs: what a statement names it has to open and lock, used or not, and writing
/// executions alone makes a lone save a sixth dearer.
/// </remarks>
internal static class SaveStatement
{
    // The rows are taken in the order of their ids, in every batch of every silo: two batches that meet wait for each other in
    // one direction only. A save from version 2 on must find its row, because it may replace but never create one; a scalar
    // subquery looks for it, because the planner may turn EXISTS into a hash of the whole index.
    private const string Incoming =
        """
        WITH incoming AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                AS one (id, namespace, creator, status, version, template,
                        requested_at, ends_at, due_at, body, epoch, data_limit)
        )
        """;

    // Who may become live. Where somebody of the batch changes a count, all rows of the batch are locked before the first counter, and
    // the counters in the order of their names, so that whoever holds a counter waits for nobody any more. Of those that come for the
    // same counter as many are let in, in order of arrival, as there is room and others leave with this very batch. A rank counts
    // everybody before it, also who is kept out by another counter; see ExecuteAsync. Where nothing has a maximum, nothing is locked.
    private const string Live =
        """
        , moving AS (
            SELECT * FROM unnest($21, $22, $23) WITH ORDINALITY AS one (id, version, change, place)
        ), held_rows AS (
            SELECT id, version FROM sessions.session
            WHERE id = ANY ($1) AND (SELECT count(*) FROM sessions.live_limit WHERE namespace = ANY ($25)) > 0
            ORDER BY id FOR UPDATE
        ), held_limits AS (
            SELECT namespace, maximum, live FROM sessions.live_limit
            WHERE namespace = ANY ($25) AND (SELECT count(*) FROM held_rows) > 0
            ORDER BY namespace FOR UPDATE
        ), counting AS (
            SELECT moving.id, moving.change, limits.namespace, limits.maximum, limits.live,
                row_number() OVER (PARTITION BY limits.namespace, moving.change ORDER BY moving.place) AS rank,
                count(*) FILTER (WHERE moving.change < 0) OVER (PARTITION BY limits.namespace) AS leaving
            FROM moving
            JOIN held_rows ON held_rows.id = moving.id AND held_rows.version = moving.version - 1
            JOIN unnest($24, $25) AS level (id, namespace) ON level.id = moving.id
            JOIN held_limits AS limits ON limits.namespace = level.namespace
        ), refused AS (
            SELECT DISTINCT id FROM counting WHERE change > 0 AND rank > maximum - live + leaving
        )
        """;

    // Most namespaces have no maximum, and all of the above costs as much as writing does. So what is not known to have one is written
    // on the condition that it has none; otherwise nothing is, and the batch is asked again with counting.
    private const string Uncounted =
        """
        , limited AS (
            SELECT namespace FROM sessions.live_limit WHERE namespace = ANY ($21)
        )
        """;

    private static string RecordsAndEvents(SaveParts parts) =>
        $"""
        , saved AS (
            INSERT INTO sessions.session AS held (id, namespace, creator, status, version, template,
                requested_at, ends_at, due_at, body, epoch, data_limit)
            SELECT id, namespace, creator, status, version, template,
                requested_at, ends_at, due_at, body, epoch, data_limit
            FROM incoming
            WHERE (version = 1
                OR (SELECT present.version FROM sessions.session AS present WHERE present.id = incoming.id) IS NOT NULL)
            {(parts.HasFlag(SaveParts.Live) ? "AND id NOT IN (SELECT id FROM refused)" : "")}
            {(parts.HasFlag(SaveParts.Uncounted) ? "AND NOT EXISTS (SELECT FROM limited)" : "")}
            ORDER BY id
            ON CONFLICT (id) DO UPDATE SET
                status = excluded.status, version = excluded.version,
                ends_at = excluded.ends_at, due_at = excluded.due_at,
                body = excluded.body, epoch = excluded.epoch, data_limit = excluded.data_limit
            WHERE held.version = excluded.version - 1
            RETURNING id
        ), logged AS (
            INSERT INTO sessions.session_event (session_id, sequence, namespace, type, at, actor, reason, body)
            SELECT session_id, sequence, namespace, type, at, actor, reason, body
            FROM unnest($13, $14, $15, $16, $17, $18, $19, $20)
                AS one (session_id, sequence, namespace, type, at, actor, reason, body)
            WHERE session_id IN (SELECT id FROM saved)
            ORDER BY session_id, sequence
        )
        """;

    // By what was written, so that a counter moves with its session or not at all.
    private const string Counted =
        """
        , counted AS (
            UPDATE sessions.live_limit AS held SET live = held.live + moved.change
            FROM (
                SELECT namespace, sum(change) AS change FROM counting JOIN saved USING (id) GROUP BY namespace HAVING sum(change) <> 0
            ) AS moved
            WHERE held.namespace = moved.namespace
        )
        """;

    // Whoever adds to a session's executions, or drops some, has locked its row before, so that no two can meet here. What is to
    // go is looked up session by session and then fetched by its place: for a join the planner may read all that every session
    // has, and OFFSET 0 keeps it from making one.
    private static string Executions(int first) =>
        $"""
        , executed AS (
            INSERT INTO sessions.execution (session_id, sequence, function, started_at, duration, outcome, depth)
            SELECT session_id, sequence, function, started_at, duration, outcome, depth
            FROM unnest(${first}, ${first + 1}, ${first + 2}, ${first + 3}, ${first + 4}, ${first + 5}, ${first + 6})
                AS one (session_id, sequence, function, started_at, duration, outcome, depth)
            WHERE session_id IN (SELECT id FROM saved)
            ORDER BY session_id, sequence
        ), dropped AS (
            DELETE FROM sessions.execution WHERE ctid = ANY (ARRAY(
                SELECT old.place
                FROM unnest(${first + 7}, ${first + 8}) AS one (session_id, sequence)
                CROSS JOIN LATERAL (
                    SELECT ctid AS place FROM sessions.execution AS held
                    WHERE held.session_id = one.session_id AND held.sequence <= one.sequence
                    OFFSET 0
                ) AS old
                WHERE one.session_id IN (SELECT id FROM saved)
            ))
        )
        """;

    // Labels never change, so only a new session brings some.
    private static string Labels(int first) =>
        $"""
        , labelled AS (
            INSERT INTO sessions.session_label (session_id, label, requested_at, folded)
            SELECT session_id, label, requested_at, folded
            FROM unnest(${first}, ${first + 1}, ${first + 2}, ${first + 3}) AS one (session_id, label, requested_at, folded)
            WHERE session_id IN (SELECT id FROM saved)
        )
        """;

    // As for executions, rows are found session by session and fetched by their place.
    private static string Answers(int first) =>
        $"""
        , kept AS (
            INSERT INTO sessions.answer (session_id, command, version, content, verb)
            SELECT session_id, command, version, content, verb
            FROM unnest(${first}, ${first + 1}, ${first + 2}, ${first + 3}, ${first + 4}) AS one (session_id, command, version, content, verb)
            WHERE session_id IN (SELECT id FROM saved)
            ORDER BY session_id, command
            ON CONFLICT (session_id, command) DO UPDATE SET version = excluded.version, content = excluded.content, verb = excluded.verb
        ), forgotten AS (
            DELETE FROM sessions.answer WHERE ctid = ANY (ARRAY(
                SELECT old.place
                FROM unnest(${first + 5}, ${first + 6}, ${first + 7}) AS one (session_id, after, up_to)
                CROSS JOIN LATERAL (
                    SELECT ctid AS place FROM sessions.answer AS held
                    WHERE held.session_id = one.session_id AND held.version > one.after AND held.version <= one.up_to
                    OFFSET 0
                ) AS old
                WHERE one.session_id IN (SELECT id FROM saved)
            ))
        )
        """;

    private const string Answer = " SELECT id FROM saved";

    private const string AnswerWithUncounted = " SELECT id, NULL::text FROM saved UNION ALL SELECT NULL, namespace FROM limited";

    // Who was refused, with each counter as this batch leaves it: whoever finds one full was rightly refused.
    private const string AnswerWithLimits =
        """
        SELECT id, NULL::text, NULL::bigint, NULL::bigint FROM saved
        UNION ALL
        SELECT id, namespace, maximum, live - leaving + entering
        FROM (
            SELECT *, count(*) FILTER (WHERE change > 0 AND id NOT IN (SELECT id FROM refused)) OVER (PARTITION BY namespace) AS entering
            FROM counting
        ) AS asking
        WHERE change > 0 AND id IN (SELECT id FROM refused)
        """;

    private const int FirstOptional = 21;
    private const int LiveParameters = 5;
    private const int UncountedParameters = 1;
    private const int ExecutionParameters = 9;
    private const int LabelParameters = 4;

    /// <summary>What the statement of a batch has to have.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="limits">Where sessions are known to be counted.</param>
    public static SaveParts PartsFor(ArraySegment<PendingSave> batch, KnownLimits limits)
    {
        var parts = SaveParts.None;
        foreach (var save in batch)
        {
            parts |= (save.Row.Executions.IsEmpty ? SaveParts.None : SaveParts.Executions)
                | (save.Row.LiveChange == 0 ? SaveParts.None : limits.CountAny(save.Row.Levels) ? SaveParts.Live : SaveParts.Uncounted)
                | (save.Row.Labels.Length == 0 ? SaveParts.None : SaveParts.Labels)
                | (save.Row.Kept.Length == 0 && save.Row.Forgotten.Length == 0 ? SaveParts.None : SaveParts.Answers);
        }

        return parts.HasFlag(SaveParts.Live) ? parts & ~SaveParts.Uncounted : parts;
    }

    /// <param name="connection">Where to send it.</param>
    /// <param name="parts">Which; one with more parts can write any batch that one with fewer can.</param>
    public static NpgsqlCommand CreateCommand(NpgsqlConnection connection, SaveParts parts)
    {
        var live = parts.HasFlag(SaveParts.Live);
        var uncounted = parts.HasFlag(SaveParts.Uncounted);
        var executions = parts.HasFlag(SaveParts.Executions);
        var labels = parts.HasFlag(SaveParts.Labels);
        var afterLive = FirstOptional + (live ? LiveParameters : uncounted ? UncountedParameters : 0);
        var afterExecutions = afterLive + (executions ? ExecutionParameters : 0);
        var sql = string.Concat(
            Incoming,
            live ? Live : uncounted ? Uncounted : "",
            RecordsAndEvents(parts),
            live ? Counted : "",
            executions ? Executions(afterLive) : "",
            labels ? Labels(afterExecutions) : "",
            parts.HasFlag(SaveParts.Answers) ? Answers(afterExecutions + (labels ? LabelParameters : 0)) : "",
            live ? AnswerWithLimits : uncounted ? AnswerWithUncounted : Answer);
        var command = new NpgsqlCommand(sql, connection);
        SaveParameters.Add(command, parts);
        return command;
    }

    /// <summary>Writes a batch in which no session stands twice, and notes each save's answer once all of it is committed.</summary>
    /// <param name="command">The statement.</param>
    /// <param name="parts">Which one it is.</param>
    /// <param name="batch">The saves.</param>
    /// <param name="limits">Where sessions are known to be counted; what the database says of it is added.</param>
    /// <returns>
    /// Those that are not written and have no answer yet: others before them may have taken room in vain, fewer than the batch then; or
    /// all of it where sessions turned out to be counted, and are known to be from here on.
    /// </returns>
    public static async Task<ArraySegment<PendingSave>> ExecuteAsync(
        NpgsqlCommand command, SaveParts parts, ArraySegment<PendingSave> batch, KnownLimits limits)
    {
        SaveParameters.Bind(command, parts, [.. batch.Select(save => save.Row)]);
        var saved = new HashSet<string>(batch.Count, StringComparer.Ordinal);
        var refused = new Dictionary<string, List<LiveCount>>(StringComparer.Ordinal);
        var isCounted = false;
        await using (var reader = await command.ExecuteReaderAsync(CancellationToken.None))
        {
            while (await reader.ReadAsync(CancellationToken.None))
            {
                if (reader.IsDBNull(0))
                {
                    limits.Add(reader.GetString(1));
                    isCounted = true;
                    continue;
                }

                var id = reader.GetString(0);
                if (reader.FieldCount == 1 || reader.IsDBNull(1))
                {
                    saved.Add(id);
                    continue;
                }

                var limit = new LiveCount(SessionNamespace.Parse(reader.GetString(1)), reader.GetInt64(2), reader.GetInt64(3));
                (CollectionsMarshal.GetValueRefOrAddDefault(refused, id, out _) ??= []).Add(limit);
            }

            // The rows come before the commit, which may still fail. Only the end of the answer says that it did not.
            await reader.NextResultAsync(CancellationToken.None);
        }

        if (isCounted)
        {
            return batch;
        }

        var undecided = new List<PendingSave>();
        foreach (var save in batch)
        {
            if (saved.Contains(save.Row.Id))
            {
                save.Answered(SaveOutcome.Saved);
            }
            else if (!refused.TryGetValue(save.Row.Id, out var kept))
            {
                save.Answered(SaveOutcome.Conflict);
            }
            else if (kept.Where(limit => limit.Live >= limit.Maximum).MinBy(limit => limit.Namespace.ToString().Length) is { } full)
            {
                save.Answered(SaveOutcome.Full(full));
            }
            else
            {
                undecided.Add(save);
            }
        }

        return undecided.ToArray();
    }
}

/// <summary>What the statement of a batch does beside writing records and events.</summary>
[Flags]
internal enum SaveParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It logs executions.</summary>
    Executions = 1,

    /// <summary>It counts live sessions, and keeps out those that are too many.</summary>
    Live = 2,

    /// <summary>It keeps the labels of new sessions, to find them by.</summary>
    Labels = 4,

    /// <summary>It writes nothing if live sessions are counted where some come or go.</summary>
    Uncounted = 8,

    /// <summary>It keeps answers that leave their records, or drops some.</summary>
    Answers = 16,
}
