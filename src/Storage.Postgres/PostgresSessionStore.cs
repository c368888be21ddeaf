using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Core;
using Sessions.Core.Ownership;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Log;
using Sessions.Storage.Postgres.Migrations;
using Sessions.Storage.Postgres.Reading;
using Sessions.Storage.Postgres.Server;
using static Sessions.Storage.Postgres.SqlValues;

namespace Sessions.Storage.Postgres;

/// <summary>Sessions, their events and their executions in PostgreSQL.</summary>
internal sealed class PostgresSessionStore : ISessionStore
{
    private readonly StoreDatabase database;
    private readonly GroupReader<StoredRow> reader;

    public PostgresSessionStore(StoreDatabase database)
    {
        this.database = database;
        reader = new GroupReader<StoredRow>(ReadRowsAsync);
    }

    /// <inheritdoc/>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        var (source, loggers) = (database.DataSource, database.Loggers);
        var checks = new SessionChecks(source);
        await checks.ProveSessionsAsync(cancellationToken);
        await new MigrationRunner(source, loggers.CreateLogger<MigrationRunner>()).RunAsync(cancellationToken);
        await checks.ProveRightsAsync(cancellationToken);
        await new HomeDatabase(source, loggers.CreateLogger<HomeDatabase>()).SettleAsync(cancellationToken);
        await new RestoredLog(source, loggers.CreateLogger<RestoredLog>()).SettleAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        StoreArguments.CheckSave(save);
        database.Saving.Begin();
        try
        {
            return await database.Writer.SaveAsync(save, cancellationToken);
        }
        finally
        {
            database.Saving.End();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken)
    {
        var row = await reader.ReadAsync(id, cancellationToken);
        try
        {
            // Here and not in the batch: a body that cannot be read is the trouble of its own session only.
            return row?.Record;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw StoreDatabase.Unreadable(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RecordedAnswer?> ReadAnswerAsync(SessionId id, CommandId command, CancellationToken cancellationToken)
    {
        var answers = await database.QueryAsync(
            "SELECT content, version, verb FROM sessions.answer WHERE session_id = $1 AND command = $2",
            [Text(id.ToString()), new NpgsqlParameter<Guid> { TypedValue = Guid.Parse(command.ToString()) }],
            row => new RecordedAnswer(command, row.GetInt64(0), row.GetInt64(1), (SessionVerb)row.GetInt16(2)),
            cancellationToken);
        return answers is [var answer] ? answer : null;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            """
            SELECT session_id, sequence, type, namespace, actor, reason, body
            FROM sessions.session_event WHERE session_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
            """,
            [Text(id.ToString()), new NpgsqlParameter<long> { TypedValue = afterSequence }, Limit(limit)],
            EventReader.Read,
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<ExecutionRecord>> ReadExecutionsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            """
            SELECT sequence, function, started_at, duration, outcome, depth
            FROM sessions.execution WHERE session_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
            """,
            [Text(id.ToString()), new NpgsqlParameter<long> { TypedValue = afterSequence }, Limit(limit)],
            ExecutionReader.Read,
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<SessionId, long>> ReadEpochsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken)
    {
        StoreArguments.CheckIds(ids);
        var epochs = await database.QueryAsync(
            "SELECT id, epoch FROM sessions.session WHERE id = ANY($1) AND epoch IS NOT NULL",
            [Texts([.. ids.Select(id => id.ToString())])],
            row => KeyValuePair.Create(SessionId.Parse(row.GetString(0)), row.GetInt64(1)),
            cancellationToken);
        return epochs.ToDictionary();
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<SessionId, StoredVersions>> ReadVersionsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken)
    {
        StoreArguments.CheckIds(ids);
        var versions = await database.QueryAsync(
            "SELECT id, version, data_version FROM sessions.session WHERE id = ANY($1)",
            [Texts([.. ids.Select(id => id.ToString())])],
            row => KeyValuePair.Create(SessionId.Parse(row.GetString(0)), new StoredVersions(row.GetInt64(1), row.GetInt64(2))),
            cancellationToken);
        return versions.ToDictionary();
    }

    /// <inheritdoc/>
    public async Task ProveWriteAsync(CancellationToken cancellationToken) => await database.QueryAsync(
        "UPDATE sessions.probe SET written_at = clock_timestamp() RETURNING 1", [], row => row.GetInt32(0), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken)
    {
        var answer = await database.QueryAsync(
            "SELECT clock_timestamp()", [], row => new DateTimeOffset(row.GetDateTime(0)), cancellationToken);
        return answer[0];
    }

    private async Task<IReadOnlyDictionary<string, StoredRow>> ReadRowsAsync(string[] ids)
    {
        var rows = await database.QueryAsync(
            $"SELECT id, {StoredRow.Columns} FROM sessions.session WHERE id = ANY($1)",
            [Texts(ids)],
            row => KeyValuePair.Create(row.GetString(0), StoredRow.Of(row, 1)),
            CancellationToken.None);
        return rows.ToDictionary(StringComparer.Ordinal);
    }
}
