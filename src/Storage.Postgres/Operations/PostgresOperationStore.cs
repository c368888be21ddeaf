using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core.Operations;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Saving;
using static Sessions.Storage.Postgres.SqlValues;

namespace Sessions.Storage.Postgres.Operations;

/// <summary>Operations over many sessions, in PostgreSQL.</summary>
internal sealed class PostgresOperationStore(StoreDatabase database) : IOperationStore
{
    /// <inheritdoc/>
    public async ValueTask<OperationRecord?> ReadOperationAsync(OperationId id, CancellationToken cancellationToken)
    {
        var found = await database.QueryAsync(
            "SELECT body FROM sessions.operation WHERE id = $1", [Text(id.ToString())], ReadOperation, cancellationToken);
        return found.FirstOrDefault();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> SaveOperationAsync(OperationRecord operation, CancellationToken cancellationToken)
    {
        StoreArguments.CheckOperation(operation);
        var shown = operation.Shown;
        var sent = false;
        try
        {
            await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
            await using var command = Command(
                connection,
                shown.Version == 1
                    ? """
                    INSERT INTO sessions.operation (id, namespace, actor, version, started_at, ended_at, body)
                    VALUES ($1, $5, $6, $2, $7, CASE WHEN $3 THEN clock_timestamp() END, $4) ON CONFLICT (id) DO NOTHING
                    """
                    : """
                    UPDATE sessions.operation
                    SET version = $2, ended_at = CASE WHEN $3 THEN clock_timestamp() END, body = $4, touched_at = clock_timestamp()
                    WHERE id = $1 AND version = $2 - 1
                    """,
                [
                    Text(shown.Id.ToString()),
                    new NpgsqlParameter<long> { TypedValue = shown.Version },
                    new NpgsqlParameter<bool> { TypedValue = shown.IsFinal },
                    new NpgsqlParameter { Value = JsonSerializer.Serialize(operation, StoredJson.Default.OperationRecord), NpgsqlDbType = NpgsqlDbType.Jsonb },
                    .. shown.Version > 1 ? [] : (NpgsqlParameter[])
                    [
                        Text(shown.Query.Namespace!.Value.ToString()), Text(shown.Actor.ToString()), Instant(shown.StartedAt),
                    ],
                ]);
            await command.PrepareAsync(cancellationToken);
            sent = true;
            return await command.ExecuteNonQueryAsync(CancellationToken.None) == 1;
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException or IOException)
        {
            throw sent && WriteFailures.Classify(e) == WriteFailure.Unknown
                ? new StoreOutcomeUnknownException($"Whether version {shown.Version} of the operation {shown.Id} was written is not known: {e.Message}", e)
                : new StoreUnavailableException($"The operation could not be written: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<OperationRecord>> ListOperationsAsync(
        SessionNamespace within, Principal? actor, OperationPlace? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            """
            SELECT body FROM (
                SELECT * FROM sessions.operation WHERE namespace = $1
                UNION ALL
                SELECT * FROM sessions.operation WHERE namespace > $1 || '/' AND namespace < $1 || '0'
            ) AS within
            WHERE ($2 = '' OR actor = $2) AND ($4 = '' OR (started_at, id) < ($3, $4))
            ORDER BY started_at DESC, id DESC LIMIT $5
            """,
            [
                Text(within.ToString()),
                Text(actor?.ToString() ?? ""),
                Instant(after?.StartedAt ?? DateTimeOffset.MaxValue),
                Text(after?.Id.ToString() ?? ""),
                Limit(limit),
            ],
            ReadOperation,
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<OperationId>> FindStalledOperationsAsync(TimeSpan untouched, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            "SELECT id FROM sessions.operation WHERE ended_at IS NULL AND touched_at <= clock_timestamp() - $1 ORDER BY id LIMIT $2",
            [Span(untouched), Limit(limit)],
            row => OperationId.Parse(row.GetString(0)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<int> ForgetOperationsAsync(TimeSpan ended, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        var forgotten = await database.QueryAsync(
            """
            DELETE FROM sessions.operation WHERE id IN (
                SELECT id FROM sessions.operation WHERE ended_at <= clock_timestamp() - $1
                ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
            ) RETURNING id
            """,
            [Span(ended), Limit(limit)],
            row => row.GetString(0),
            cancellationToken);
        return forgotten.Length;
    }

    private static OperationRecord ReadOperation(NpgsqlDataReader row) =>
        JsonSerializer.Deserialize(row.GetString(0), RewrittenJson.Operation) ?? throw new JsonException("The operation is null.");

    private static NpgsqlParameter<TimeSpan> Span(TimeSpan value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Interval };
}
