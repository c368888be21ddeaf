using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Ownership;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Statements;

namespace Sessions.Storage.Sqlite;

/// <summary>Sessions, their events and their executions.</summary>
internal sealed class SqliteSessionStore(SqliteDatabase database) : ISessionStore
{
    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => database.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        StoreArguments.CheckSave(save);
        cancellationToken.ThrowIfCancellationRequested();
        var row = SaveRow.Of(save);
        database.Saving.Begin();
        try
        {
            return await database.WriteAsync(session => SaveStatements.Run(session, row), cancellationToken);
        }
        finally
        {
            database.Saving.End();
        }
    }

    /// <inheritdoc/>
    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            using var row = connection.Use($"SELECT {SessionRow.Columns} FROM session WHERE id = ?1").Bind(1, SaveRow.IdOf(id));
            return row.Step() ? SessionRow.Read(row, 0) : null;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RecordedAnswer?> ReadAnswerAsync(SessionId id, CommandId command, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            using var row = connection.Use(
                "SELECT content, version, verb FROM answer WHERE session = (SELECT n FROM session WHERE id = ?1) AND command = ?2");
            row.Bind(1, SaveRow.IdOf(id)).Bind(2, SaveRow.CommandOf(command));
            return row.Step() ? new RecordedAnswer(command, row.Int64(0), row.Int64(1), (SessionVerb)row.Int64(2)) : (RecordedAnswer?)null;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadAsync(
            connection =>
            {
                using var rows = connection.Use(
                    $"""
                    SELECT {EventRow.Columns} FROM {EventRow.Joined}
                    WHERE e.session = (SELECT n FROM session WHERE id = ?1) AND e.sequence > ?2 ORDER BY e.sequence LIMIT ?3
                    """);
                rows.Bind(1, SaveRow.IdOf(id)).Bind(2, afterSequence).Bind(3, limit);
                var events = ImmutableArray.CreateBuilder<SessionEvent>();
                while (rows.Step())
                {
                    events.Add(EventRow.Read(rows).Event);
                }

                return events.ToImmutable();
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<ExecutionRecord>> ReadExecutionsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadAsync(
            connection =>
            {
                using var rows = connection.Use(
                    """
                    SELECT sequence, function, started_at, duration, outcome, depth FROM execution
                    WHERE session = (SELECT n FROM session WHERE id = ?1) AND sequence > ?2 ORDER BY sequence LIMIT ?3
                    """);
                rows.Bind(1, SaveRow.IdOf(id)).Bind(2, afterSequence).Bind(3, limit);
                var executions = ImmutableArray.CreateBuilder<ExecutionRecord>();
                while (rows.Step())
                {
                    executions.Add(new ExecutionRecord
                    {
                        Sequence = rows.Int64(0),
                        Function = FunctionName.Parse(rows.Text(1)),
                        StartedAt = Instants.OfMicros(rows.Int64(2)),
                        Duration = TimeSpan.FromTicks(rows.Int64(3)),
                        Outcome = (ExecutionOutcome)rows.Int64(4),
                        Depth = (int)rows.Int64(5),
                    });
                }

                return executions.ToImmutable();
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<SessionId, long>> ReadEpochsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken)
    {
        StoreArguments.CheckIds(ids);
        return database.ReadAsync<IReadOnlyDictionary<SessionId, long>>(
            connection => connection.Snapshot(snapshot =>
            {
                var epochs = new Dictionary<SessionId, long>(ids.Count);
                foreach (var id in ids)
                {
                    using var row = snapshot.Use("SELECT epoch FROM session WHERE id = ?1").Bind(1, SaveRow.IdOf(id));
                    if (row.Step() && row.NullableInt64(0) is { } epoch)
                    {
                        epochs[id] = epoch;
                    }
                }

                return epochs;
            }),
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<SessionId, StoredVersions>> ReadVersionsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken)
    {
        StoreArguments.CheckIds(ids);
        return database.ReadAsync<IReadOnlyDictionary<SessionId, StoredVersions>>(
            connection => connection.Snapshot(snapshot =>
            {
                var versions = new Dictionary<SessionId, StoredVersions>(ids.Count);
                foreach (var id in ids)
                {
                    using var row = snapshot.Use("SELECT version, data_version FROM session WHERE id = ?1").Bind(1, SaveRow.IdOf(id));
                    if (row.Step())
                    {
                        versions[id] = new(row.Int64(0), row.Int64(1));
                    }
                }

                return versions;
            }),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ProveWriteAsync(CancellationToken cancellationToken) =>
        await database.WriteAsync(
            session => session.Use("UPDATE probe SET written_at = ?1").Bind(1, Instants.Micros(database.Clock.GetUtcNow())).Run(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) => new((DateTimeOffset?)null);
}
