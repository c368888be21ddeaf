using System.Collections.Immutable;
using System.Text.Json;
using Sessions.Core.Operations;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Rows;

namespace Sessions.Storage.Sqlite;

/// <summary>Operations over many sessions.</summary>
internal sealed class SqliteOperationStore(SqliteDatabase database) : IOperationStore
{
    private const string Insert =
        """
        INSERT INTO operation (id, version, touched_at, ended_at, body, namespace, actor, started_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING
        """;

    private const string Update =
        "UPDATE operation SET version = ?2, touched_at = ?3, ended_at = ?4, body = ?5 WHERE id = ?1 AND version = ?2 - 1";

    /// <inheritdoc/>
    public ValueTask<OperationRecord?> ReadOperationAsync(OperationId id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => Read(connection.Use("SELECT body FROM operation WHERE id = ?1").Bind(1, id.ToString())).FirstOrDefault(),
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> SaveOperationAsync(OperationRecord operation, CancellationToken cancellationToken)
    {
        StoreArguments.CheckOperation(operation);
        var shown = operation.Shown;
        var actor = StorableText.Of(shown.Actor.ToString());
        var body = JsonSerializer.SerializeToUtf8Bytes(operation, StoredJson.Default.OperationRecord);
        return await database.WriteAsync(
            session =>
            {
                var now = Instants.Micros(database.Clock.GetUtcNow());
                var statement = session.Use(shown.Version == 1 ? Insert : Update)
                    .Bind(1, shown.Id.ToString()).Bind(2, shown.Version).Bind(3, now).Bind(4, shown.IsFinal ? now : null).Bind(5, body);
                if (shown.Version == 1)
                {
                    statement.Bind(6, shown.Query.Namespace!.Value.ToString()).BindText(7, actor).Bind(8, Instants.Micros(shown.StartedAt));
                }

                return statement.Run() == 1;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<OperationRecord>> ListOperationsAsync(
        SessionNamespace within, Principal? actor, OperationPlace? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadMuchAsync(
            connection => Read(connection.Use(
                """
                SELECT body FROM operation
                WHERE (namespace = ?1 OR (namespace > ?1 || '/' AND namespace < ?1 || '0'))
                    AND (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR (started_at, id) < (?3, ?4))
                ORDER BY started_at DESC, id DESC LIMIT ?5
                """)
                .Bind(1, within.ToString()).Bind(2, actor?.ToString())
                .Bind(3, Instants.Micros(after?.StartedAt)).Bind(4, after?.Id.ToString()).Bind(5, limit)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<OperationId>> FindStalledOperationsAsync(TimeSpan untouched, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadAsync(
            connection =>
            {
                using var rows = connection.Use(
                    "SELECT id FROM operation WHERE ended_at IS NULL AND touched_at <= ?1 ORDER BY id LIMIT ?2");
                rows.Bind(1, Before(untouched)).Bind(2, limit);
                var ids = ImmutableArray.CreateBuilder<OperationId>();
                while (rows.Step())
                {
                    ids.Add(OperationId.Parse(rows.Text(0)));
                }

                return ids.ToImmutable();
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<int> ForgetOperationsAsync(TimeSpan ended, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        try
        {
            return await database.WriteAsync(
                session => session.Use(
                    "DELETE FROM operation WHERE n IN (SELECT n FROM operation WHERE ended_at <= ?1 ORDER BY ended_at LIMIT ?2)")
                    .Bind(1, Before(ended)).Bind(2, limit).Run(),
                cancellationToken);
        }
        catch (StoreOutcomeUnknownException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    private long Before(TimeSpan ago) => Instants.Micros(database.Clock.GetUtcNow()) - (ago.Ticks / TimeSpan.TicksPerMicrosecond);

    private static ImmutableArray<OperationRecord> Read(SqliteStatement rows)
    {
        using (rows)
        {
            var operations = ImmutableArray.CreateBuilder<OperationRecord>();
            while (rows.Step())
            {
                operations.Add(JsonSerializer.Deserialize(rows.Bytes(0), RewrittenJson.Operation)
                    ?? throw new JsonException("The operation is null."));
            }

            return operations.ToImmutable();
        }
    }
}
