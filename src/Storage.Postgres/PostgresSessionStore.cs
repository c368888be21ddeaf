using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres;

/// <summary>Sessions in PostgreSQL, 15 or newer. The data source stays its owner's to dispose of, after the store.</summary>
public sealed partial class PostgresSessionStore : ISessionStore, IAsyncDisposable
{
    private readonly NpgsqlDataSource dataSource;
    private readonly ILogger logger;
    private readonly GroupCommitWriter writer;
    private readonly GroupReader<StoredRow> reader;
    private readonly Presence saving;
    private readonly KnownLimits limits = new();

    /// <summary>Takes everything the store needs; nothing is opened yet.</summary>
    /// <param name="dataSource">The database, with a pool of at least <see cref="PostgresStoreOptions.ConcurrentBatches"/> + 1.</param>
    /// <param name="options">How to write.</param>
    /// <param name="clock">Times the batches; never decides anything.</param>
    /// <param name="logger">Told of whatever went wrong.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public PostgresSessionStore(
        NpgsqlDataSource dataSource, PostgresStoreOptions options, TimeProvider clock, ILogger<PostgresSessionStore> logger)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(logger);
        options.Validate();
        this.dataSource = dataSource;
        this.logger = logger;
        writer = new GroupCommitWriter(dataSource, options, limits, clock, logger);
        reader = new GroupReader<StoredRow>(ReadRowsAsync);
        saving = new Presence(clock);
    }

    /// <summary>How many saves wait for a batch.</summary>
    internal int WaitingSaves => writer.Waiting;

    /// <inheritdoc/>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        await new MigrationRunner(dataSource, logger).RunAsync(cancellationToken);
        await new RestoredLog(dataSource, logger).SettleAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        StoreArguments.CheckSave(save);
        saving.Begin();
        try
        {
            return await writer.SaveAsync(save, cancellationToken);
        }
        finally
        {
            saving.End();
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
            throw Unreadable(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
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
        return QueryAsync(
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
        var epochs = await QueryAsync(
            "SELECT id, epoch FROM sessions.session WHERE id = ANY($1) AND epoch IS NOT NULL",
            [Texts([.. ids.Select(id => id.ToString())])],
            row => KeyValuePair.Create(SessionId.Parse(row.GetString(0)), row.GetInt64(1)),
            cancellationToken);
        return epochs.ToDictionary();
    }

    /// <inheritdoc/>
    public async Task PingAsync(CancellationToken cancellationToken) =>
        await QueryAsync("SELECT 1", [], row => row.GetInt32(0), cancellationToken);

    /// <summary>Refuses the saves that wait, and ends when those on their way have ended.</summary>
    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter<string[]> Texts(string[] values) =>
        new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlParameter<int> Limit(int value) => new() { TypedValue = value };

    private static NpgsqlParameter<DateTime> Instant(DateTimeOffset value) =>
        new() { TypedValue = value.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static StoreUnavailableException Unreadable(Exception e) =>
        new($"The database's answer cannot be read: {e.Message}", e);

    private async Task<IReadOnlyDictionary<string, StoredRow>> ReadRowsAsync(string[] ids)
    {
        var rows = await QueryAsync(
            $"SELECT id, {StoredRow.Columns} FROM sessions.session WHERE id = ANY($1)",
            [Texts(ids)],
            row => KeyValuePair.Create(row.GetString(0), StoredRow.Of(row, 1)),
            CancellationToken.None);
        return rows.ToDictionary(StringComparer.Ordinal);
    }

    private async ValueTask<ImmutableArray<T>> QueryAsync<T>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await new StoreQuery<T>(dataSource, sql, parameters, read).RunAsync(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
        {
            throw new StoreUnavailableException($"The database could not answer: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw Unreadable(e);
        }
    }
}
