using System.Collections.Immutable;
using System.Data;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core.Isolation;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Saving;
using Sessions.Storage.Postgres.Search;
using static Sessions.Storage.Postgres.SqlValues;

namespace Sessions.Storage.Postgres.Policies;

/// <summary>Policies in PostgreSQL, and the counters of live sessions.</summary>
internal sealed class PostgresPolicyStore(StoreDatabase database) : IPolicyStore
{
    // Held from the drawing of a revision to its commit: a reader who has seen one has seen all before it.
    private const long PolicyLockKey = 0x5e55_1045_0105;

    private const string PolicyColumns = "namespace, version, revision, set_at, set_by, reason, body, answers";

    /// <inheritdoc/>
    public async ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, PolicyAnswers answers, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPolicy(policy);
        var committing = false;
        try
        {
            await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);

            // Whoever counts waits for the saves in flight, and everybody else's saves wait behind it. Should something hold the table for
            // long, a vacuum against wraparound say, the policy has to give way, not the sessions.
            await ExecuteAsync(connection, $"SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock({PolicyLockKey})", []);
            var saved = await InsertAsync(connection, policy, answers, cancellationToken);
            if (saved is null)
            {
                return null;
            }

            await ExecuteAsync(
                connection,
                "UPDATE sessions.policy SET answers = NULL WHERE namespace = $1 AND version = $2 - 1 AND answers IS NOT NULL",
                [Text(policy.Namespace.ToString()), new NpgsqlParameter<long> { TypedValue = policy.Version }]);
            await SetLimitAsync(connection, policy);
            committing = true;
            await transaction.CommitAsync(CancellationToken.None);
            return saved;
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException or IOException)
        {
            throw committing && WriteFailures.Classify(e) == WriteFailure.Unknown
                ? new StoreOutcomeUnknownException($"Whether version {policy.Version} of the policy of {policy.Namespace} was written is not known: {e.Message}", e)
                : new StoreUnavailableException($"The policy could not be written: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> KeepPolicyAnswersAsync(
        SessionNamespace @namespace, long version, PolicyAnswers answers, CancellationToken cancellationToken)
    {
        // Under the lock of those who add versions, so that the newest one stays the newest.
        var kept = await database.QueryAsync(
            $"""
            WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({PolicyLockKey}))
            UPDATE sessions.policy SET answers = $4
            FROM turn
            WHERE namespace = $1 AND version = $2 AND answers IS NOT DISTINCT FROM $3
                AND (SELECT max(version) FROM sessions.policy WHERE namespace = $1) = $2
            RETURNING version
            """,
            [
                Text(@namespace.ToString()),
                new NpgsqlParameter<long> { TypedValue = version },
                NullableText(answers.Before),
                NullableText(answers.After),
            ],
            row => row.GetInt64(0),
            cancellationToken);
        return !kept.IsEmpty;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<StoredPolicy>> ReadPoliciesAsync(long afterRevision, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            $"""
            SELECT {PolicyColumns} FROM sessions.policy AS one
            WHERE revision > $1 AND version = (SELECT max(version) FROM sessions.policy AS other WHERE other.namespace = one.namespace)
            ORDER BY revision LIMIT $2
            """,
            [new NpgsqlParameter<long> { TypedValue = afterRevision }, Limit(limit)],
            ReadPolicy,
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<StoredPolicy>> ReadPolicyHistoryAsync(
        SessionNamespace @namespace, long? beforeVersion, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            $"SELECT {PolicyColumns} FROM sessions.policy WHERE namespace = $1 AND version < $2 ORDER BY version DESC LIMIT $3",
            [Text(@namespace.ToString()), new NpgsqlParameter<long> { TypedValue = beforeVersion ?? long.MaxValue }, Limit(limit)],
            ReadPolicy,
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<LiveCount>> ReadLiveCountsAsync(SessionNamespace @namespace, CancellationToken cancellationToken) => database.QueryAsync(
        "SELECT namespace, maximum, live FROM sessions.live_limit WHERE namespace = ANY ($1) ORDER BY namespace",
        [Texts([.. @namespace.Path().Select(level => level.ToString())])],
        row => new LiveCount(SessionNamespace.Parse(row.GetString(0)), row.GetInt64(1), row.GetInt64(2)),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<LiveSession>> ReadLiveAsync(
        SessionNamespace within, SessionId? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            $"""
            SELECT id, (body ->> 'lastSequence')::bigint FROM (
                SELECT id, body FROM sessions.session WHERE namespace = $1 AND {IsLive} AND id > $2
                UNION ALL
                SELECT id, body FROM sessions.session
                WHERE namespace > $1 || '/' AND namespace < $1 || '0' AND {IsLive} AND id > $2
            ) AS within ORDER BY id LIMIT $3
            """,
            [Text(within.ToString()), Text(after?.ToString() ?? ""), Limit(limit)],
            row => new LiveSession(SessionId.Parse(row.GetString(0)), row.GetInt64(1)),
            cancellationToken);
    }

    private static readonly string LiveStatuses =
        $"'{{{string.Join(',', Enum.GetValues<SessionStatus>().Where(status => Core.Isolation.Liveness.IsLive(status)).Select(status => (short)status))}}}'::smallint[]";

    // The first half is what the index of those that have not ended goes by.
    internal static readonly string IsLive = $"{SearchStatement.IsOpen} AND status = ANY ({LiveStatuses})";

    private static StoredPolicy ReadPolicy(NpgsqlDataReader row)
    {
        var (@namespace, version, revision) = (SessionNamespace.Parse(row.GetString(0)), row.GetInt64(1), row.GetInt64(2));
        try
        {
            return new StoredPolicy(@namespace, version, revision, new NamespacePolicy
            {
                Namespace = @namespace,
                Version = version,
                Revision = revision,
                SetAt = row.GetFieldValue<DateTimeOffset>(3),
                SetBy = Principal.Parse(row.GetString(4)),
                Reason = row.IsDBNull(5) ? null : row.GetString(5),
                Definition = JsonSerializer.Deserialize(row.GetString(6), RewrittenJson.Policy)
                    ?? throw new JsonException("The policy is null."),
            }, Answers());
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // Not a failure of the question: the others are to be known, and this one is to deny.
            return new StoredPolicy(@namespace, version, revision, null, Answers());
        }

        string? Answers() => row.IsDBNull(7) ? null : row.GetString(7);
    }

    private static NpgsqlParameter NullableText(string? text) => new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static async Task<NamespacePolicy?> InsertAsync(
        NpgsqlConnection connection, NamespacePolicy policy, PolicyAnswers answers, CancellationToken cancellationToken)
    {
        var setAt = ExecutionLog.Stored(policy.SetAt);
        await using var command = Command(
            connection,
            """
            INSERT INTO sessions.policy (namespace, version, revision, set_at, set_by, reason, body, answers)
            SELECT $1, $2, (SELECT coalesce(max(revision), 0) + 1 FROM sessions.policy), $3, $4, $5, $6, $8
            WHERE (SELECT coalesce(max(version), 0) FROM sessions.policy WHERE namespace = $1) = $2 - 1
                AND (SELECT answers FROM sessions.policy WHERE namespace = $1 AND version = $2 - 1) IS NOT DISTINCT FROM $7
            RETURNING revision
            """,
            [
                Text(policy.Namespace.ToString()),
                new NpgsqlParameter<long> { TypedValue = policy.Version },
                Instant(setAt),
                Text(policy.SetBy.ToString()),
                NullableText(policy.Reason),
                new NpgsqlParameter
                {
                    Value = JsonSerializer.Serialize(policy.Definition, StoredJson.Default.PolicyDefinition),
                    NpgsqlDbType = NpgsqlDbType.Jsonb,
                },
                NullableText(answers.Before),
                NullableText(answers.After),
            ]);
        return await command.ExecuteScalarAsync(cancellationToken) is long revision ? policy with { Revision = revision, SetAt = setAt } : null;
    }

    private static async Task SetLimitAsync(NpgsqlConnection connection, NamespacePolicy policy)
    {
        var name = policy.Namespace.ToString();
        if (policy.Definition.MaxLiveSessions is not { } maximum)
        {
            await ExecuteAsync(connection, "DELETE FROM sessions.live_limit WHERE namespace = $1", [Text(name)]);
            return;
        }

        NpgsqlParameter[] parameters = [Text(name), new NpgsqlParameter<long> { TypedValue = maximum }];
        if (await ExecuteAsync(connection, "UPDATE sessions.live_limit SET maximum = $2 WHERE namespace = $1", parameters) > 0)
        {
            return;
        }

        // A save takes its lock on the table before it looks for counters. So those that are in flight are over and will be counted, and
        // those that wait will find the counter.
        await ExecuteAsync(connection, "LOCK TABLE sessions.session IN SHARE ROW EXCLUSIVE MODE", []);
        await ExecuteAsync(
            connection,
            $"""
            INSERT INTO sessions.live_limit (namespace, maximum, live)
            SELECT $1, $2, (SELECT count(*) FROM sessions.session WHERE namespace = $1 AND {IsLive})
                + (SELECT count(*) FROM sessions.session
                   WHERE namespace > $1 || '/' AND namespace < $1 || '0' AND {IsLive})
            """,
            parameters);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
