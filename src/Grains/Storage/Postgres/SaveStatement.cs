using Npgsql;
using NpgsqlTypes;

namespace Sessions.Storage.Postgres;

/// <summary>
/// The one statement that writes a batch: every save with its events, or neither, each on its own condition. One statement is
/// one transaction, so nothing has to be begun or committed.
/// </summary>
internal static class SaveStatement
{
    // The rows are taken in the order of their ids, in every batch of every silo: two batches that meet wait for each other in
    // one direction only. A save from version 2 on must find its row, because it may replace but never create one; a scalar
    // subquery looks for it, because the planner may turn EXISTS into a hash of the whole index.
    private const string Text =
        """
        WITH incoming AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                AS one (id, namespace, creator, status, version, template,
                        requested_at, created_at, expires_at, due_at, changed_at, body)
        ), saved AS (
            INSERT INTO sessions.session AS held (id, namespace, creator, status, version, template,
                requested_at, created_at, expires_at, due_at, changed_at, body)
            SELECT id, namespace, creator, status, version, template,
                requested_at, created_at, expires_at, due_at, changed_at, body
            FROM incoming
            WHERE version = 1
                OR (SELECT present.version FROM sessions.session AS present WHERE present.id = incoming.id) IS NOT NULL
            ORDER BY id
            ON CONFLICT (id) DO UPDATE SET
                status = excluded.status, version = excluded.version, created_at = excluded.created_at,
                expires_at = excluded.expires_at, due_at = excluded.due_at, changed_at = excluded.changed_at,
                body = excluded.body
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
        SELECT id FROM saved
        """;

    public static NpgsqlCommand CreateCommand(NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(Text, connection);
        Add<string>(command, NpgsqlDbType.Text);
        Add<string>(command, NpgsqlDbType.Text);
        Add<string>(command, NpgsqlDbType.Text);
        Add<short>(command, NpgsqlDbType.Smallint);
        Add<long>(command, NpgsqlDbType.Bigint);
        Add<string?>(command, NpgsqlDbType.Text);
        Add<DateTime>(command, NpgsqlDbType.TimestampTz);
        Add<DateTime?>(command, NpgsqlDbType.TimestampTz);
        Add<DateTime?>(command, NpgsqlDbType.TimestampTz);
        Add<DateTime?>(command, NpgsqlDbType.TimestampTz);
        Add<DateTime>(command, NpgsqlDbType.TimestampTz);
        Add<string>(command, NpgsqlDbType.Jsonb);

        Add<string>(command, NpgsqlDbType.Text);
        Add<long>(command, NpgsqlDbType.Bigint);
        Add<string>(command, NpgsqlDbType.Text);
        Add<string>(command, NpgsqlDbType.Text);
        Add<DateTime>(command, NpgsqlDbType.TimestampTz);
        Add<string>(command, NpgsqlDbType.Text);
        Add<string?>(command, NpgsqlDbType.Text);
        Add<string>(command, NpgsqlDbType.Jsonb);
        return command;
    }

    /// <summary>Writes a batch in which no session stands twice, and notes each save's answer once all of it is committed.</summary>
    public static async Task ExecuteAsync(NpgsqlCommand command, ArraySegment<PendingSave> batch)
    {
        Bind(command, [.. batch.Select(save => save.Row)]);
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

    private static void Bind(NpgsqlCommand command, SaveRow[] rows)
    {
        var next = 0;
        Set(Array.ConvertAll(rows, row => row.Id));
        Set(Array.ConvertAll(rows, row => row.Namespace));
        Set(Array.ConvertAll(rows, row => row.Creator));
        Set(Array.ConvertAll(rows, row => row.Status));
        Set(Array.ConvertAll(rows, row => row.Version));
        Set(Array.ConvertAll(rows, row => row.Template));
        Set(Array.ConvertAll(rows, row => row.RequestedAt));
        Set(Array.ConvertAll(rows, row => row.CreatedAt));
        Set(Array.ConvertAll(rows, row => row.ExpiresAt));
        Set(Array.ConvertAll(rows, row => row.DueAt));
        Set(Array.ConvertAll(rows, row => row.ChangedAt));
        Set(Array.ConvertAll(rows, row => row.Body));

        var events = rows.SelectMany(row => row.Events, (row, e) => (Row: row, Event: e)).ToArray();
        Set(Array.ConvertAll(events, e => e.Row.Id));
        Set(Array.ConvertAll(events, e => e.Event.Sequence));
        Set(Array.ConvertAll(events, e => e.Row.Namespace));
        Set(Array.ConvertAll(events, e => e.Event.Type));
        Set(Array.ConvertAll(events, e => e.Event.At));
        Set(Array.ConvertAll(events, e => e.Event.Actor));
        Set(Array.ConvertAll(events, e => e.Event.Reason));
        Set(Array.ConvertAll(events, e => e.Event.Body));

        void Set<T>(T[] values) => ((NpgsqlParameter<T[]>)command.Parameters[next++]).TypedValue = values;
    }

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType element) =>
        command.Parameters.Add(new NpgsqlParameter<T[]> { NpgsqlDbType = NpgsqlDbType.Array | element, TypedValue = [] });
}
