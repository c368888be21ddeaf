using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core.Stored;
using Sessions.Grains.Storage.Copy;

namespace Sessions.Storage.Postgres.Copy;

/// <summary>Writes rows of another store into empty tables, inside the transaction of its connection.</summary>
internal sealed class CopyTables(NpgsqlConnection connection, CancellationToken cancellationToken)
{
    /// <summary>The transaction that copied events have: none has this id, and what is written from now on stands behind them.</summary>
    public const ulong CopiedTransaction = 0;

    public async Task WriteAsync(ICopySource source)
    {
        // The trigger undoes saves of sessions that are gone, which every session from elsewhere looks like.
        await ExecuteAsync("ALTER TABLE sessions.session DISABLE TRIGGER session_refuse_revival");
        await WriteAsync(
            """
            session (id, namespace, creator, status, version, template, requested_at, ends_at, due_at, epoch,
                data_bytes, data_version, data_limit, data_writes, data_writes_made, data_history, body)
            """,
            source.ReadSessions(),
            WriteAsync);
        await ExecuteAsync("ALTER TABLE sessions.session ENABLE TRIGGER session_refuse_revival");
        await WriteAsync("answer (session_id, command, version, content, verb)", source.ReadAnswers(), WriteAsync);
        await WriteAsync("data_answer (session_id, token, version)", source.ReadDataAnswers(), WriteAsync);
        await WriteAsync("session_label (session_id, label, requested_at, folded)", source.ReadLabels(), WriteAsync);
        await WriteAsync(
            "session_event (cursor, session_id, sequence, xid, namespace, type, at, actor, reason, body)", source.ReadEvents(), WriteAsync);
        await WriteAsync(
            "execution (session_id, sequence, function, started_at, duration, outcome, depth)", source.ReadExecutions(), WriteAsync);
        await WriteAsync("data (space, key, version, value)", source.ReadData(), WriteAsync);
        await WriteAsync("policy (namespace, version, revision, set_at, set_by, reason, body, answers)", source.ReadPolicies(), WriteAsync);
        await WriteAsync("live_limit (namespace, maximum, live)", source.ReadLimits(), WriteAsync);
        await WriteAsync(
            "operation (id, namespace, actor, version, started_at, touched_at, ended_at, body)", source.ReadOperations(), WriteAsync);

        // Should the database ever be restored elsewhere, its events are told apart by their positions alone. Not by setval, which a
        // rollback would not undo.
        await ExecuteAsync(string.Create(
            CultureInfo.InvariantCulture, $"ALTER TABLE sessions.session_event ALTER COLUMN cursor RESTART WITH {source.LastPosition + 1}"));
        await ExecuteAsync(
            "ANALYZE sessions.session, sessions.answer, sessions.data_answer, sessions.session_label, sessions.session_event, sessions.execution, sessions.data, sessions.operation");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task WriteAsync<T>(string columns, IEnumerable<T> rows, Func<NpgsqlBinaryImporter, T, Task> write)
    {
        await using var importer = await connection.BeginBinaryImportAsync(
            $"COPY sessions.{columns} FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var row in rows)
        {
            await importer.StartRowAsync(cancellationToken);
            await write(importer, row);
        }

        await importer.CompleteAsync(cancellationToken);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedSession session)
    {
        await TextAsync(row, session.Id.ToString());
        await TextAsync(row, session.Namespace);
        await TextAsync(row, session.Creator);
        await row.WriteAsync((short)session.Status, NpgsqlDbType.Smallint, cancellationToken);
        await NumberAsync(row, session.Version);
        await TextAsync(row, session.Template);
        await InstantAsync(row, session.RequestedAt);
        await InstantAsync(row, session.EndsAt);
        await InstantAsync(row, session.DueAt);
        await NumberAsync(row, session.Epoch);
        await NumberAsync(row, session.DataBytes);
        await NumberAsync(row, session.DataVersion);
        await NumberAsync(row, session.DataLimit);
        await ArrayAsync(row, session.DataWrites, NpgsqlDbType.Uuid);
        await ArrayAsync(row, session.DataWritesMade, NpgsqlDbType.Bigint);
        await ArrayAsync(row, session.DataHistory, NpgsqlDbType.Bigint);
        await row.WriteAsync(session.Body, NpgsqlDbType.Json, cancellationToken);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedAnswer answer)
    {
        await TextAsync(row, answer.Session.ToString());
        await row.WriteAsync(answer.Command, NpgsqlDbType.Uuid, cancellationToken);
        await NumberAsync(row, answer.Version);
        await NumberAsync(row, answer.Content);
        await row.WriteAsync((short)answer.Verb, NpgsqlDbType.Smallint, cancellationToken);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedDataAnswer answer)
    {
        await TextAsync(row, answer.Session.ToString());
        await row.WriteAsync(answer.Token, NpgsqlDbType.Uuid, cancellationToken);
        await NumberAsync(row, answer.Version);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedLabel label)
    {
        await TextAsync(row, label.Session.ToString());
        await TextAsync(row, label.Text);
        await InstantAsync(row, label.RequestedAt);
        await TextAsync(row, label.Folded);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, LoggedEvent logged)
    {
        var e = logged.Event;
        await NumberAsync(row, logged.Cursor.Position);
        await TextAsync(row, e.SessionId.ToString());
        await NumberAsync(row, e.Sequence);
        await row.WriteAsync(CopiedTransaction, NpgsqlDbType.Xid8, cancellationToken);
        await TextAsync(row, e.Namespace.ToString());
        await TextAsync(row, e.Type.ToString());
        await InstantAsync(row, e.At);
        await TextAsync(row, e.Cause.Actor.ToString());
        await TextAsync(row, e.Cause.Reason);
        await row.WriteAsync(
            JsonSerializer.Serialize(SessionEventBody.Of(e), StoredJson.Default.SessionEventBody), NpgsqlDbType.Json, cancellationToken);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedExecution copied)
    {
        var execution = copied.Execution;
        await TextAsync(row, copied.Session.ToString());
        await NumberAsync(row, execution.Sequence);
        await TextAsync(row, execution.Function.ToString());
        await InstantAsync(row, execution.StartedAt);
        await NumberAsync(row, execution.Duration.Ticks);
        await row.WriteAsync((short)execution.Outcome, NpgsqlDbType.Smallint, cancellationToken);
        await row.WriteAsync(execution.Depth, NpgsqlDbType.Integer, cancellationToken);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedValue value)
    {
        await TextAsync(row, value.Space);
        await TextAsync(row, value.Key);
        await NumberAsync(row, value.Version);
        await row.WriteAsync(value.Value, NpgsqlDbType.Bytea, cancellationToken);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedPolicy policy)
    {
        await TextAsync(row, policy.Namespace);
        await NumberAsync(row, policy.Version);
        await NumberAsync(row, policy.Revision);
        await InstantAsync(row, policy.SetAt);
        await TextAsync(row, policy.SetBy);
        await TextAsync(row, policy.Reason);
        await row.WriteAsync(policy.Body, NpgsqlDbType.Jsonb, cancellationToken);
        await TextAsync(row, policy.Answers);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedLimit limit)
    {
        await TextAsync(row, limit.Namespace);
        await NumberAsync(row, limit.Maximum);
        await NumberAsync(row, limit.Live);
    }

    private async Task WriteAsync(NpgsqlBinaryImporter row, CopiedOperation operation)
    {
        await TextAsync(row, operation.Id);
        await TextAsync(row, operation.Namespace);
        await TextAsync(row, operation.Actor);
        await NumberAsync(row, operation.Version);
        await InstantAsync(row, operation.StartedAt);
        await InstantAsync(row, operation.TouchedAt);
        await InstantAsync(row, operation.EndedAt);
        await row.WriteAsync(operation.Body, NpgsqlDbType.Jsonb, cancellationToken);
    }

    private Task TextAsync(NpgsqlBinaryImporter row, string? text) =>
        text is null ? row.WriteNullAsync(cancellationToken) : row.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);

    private Task NumberAsync(NpgsqlBinaryImporter row, long? number) =>
        number is { } value ? row.WriteAsync(value, NpgsqlDbType.Bigint, cancellationToken) : row.WriteNullAsync(cancellationToken);

    private Task InstantAsync(NpgsqlBinaryImporter row, DateTimeOffset? at) => at is { } value
        ? row.WriteAsync(value.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken)
        : row.WriteNullAsync(cancellationToken);

    private Task ArrayAsync<T>(NpgsqlBinaryImporter row, T[]? values, NpgsqlDbType element) => values is null
        ? row.WriteNullAsync(cancellationToken)
        : row.WriteAsync(values, NpgsqlDbType.Array | element, cancellationToken);
}
