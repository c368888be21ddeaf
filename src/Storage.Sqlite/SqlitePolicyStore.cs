using System.Collections.Immutable;
using System.Text.Json;
using Sessions.Core.Isolation;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Writing;

namespace Sessions.Storage.Sqlite;

/// <summary>Policies, and the counters of live sessions.</summary>
internal sealed class SqlitePolicyStore(SqliteDatabase database) : IPolicyStore
{
    private const string Columns = "revision, namespace, version, set_at, set_by, reason, body, answers";

    // As numbered in SessionStatus; a test compares them with what the rules call live.
    internal const string LiveStatuses = "4, 5, 6";

    private const string IsLive = $"s.is_open = 1 AND s.status IN ({LiveStatuses})";

    private const string WithinOf = $"FROM namespace AS ns CROSS JOIN session AS s INDEXED BY session_open ON s.namespace = ns.n WHERE {NamespaceTree.IsWithin} AND {IsLive}";

    private const string Insert =
        """
        INSERT INTO policy (namespace, version, set_at, set_by, reason, body, revision, answers)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, (SELECT coalesce(max(revision), 0) + 1 FROM policy), ?8
        WHERE (SELECT coalesce(max(version), 0) FROM policy WHERE namespace = ?1) = ?2 - 1
            AND (SELECT answers FROM policy WHERE namespace = ?1 AND version = ?2 - 1) IS ?7
        """;

    private const string DropOldAnswers = "UPDATE policy SET answers = NULL WHERE namespace = ?1 AND version = ?2 - 1";

    private const string KeepAnswers =
        """
        UPDATE policy SET answers = ?4
        WHERE namespace = ?1 AND version = ?2 AND answers IS ?3 AND (SELECT max(version) FROM policy WHERE namespace = ?1) = ?2
        """;

    /// <inheritdoc/>
    public async ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, PolicyAnswers answers, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPolicy(policy);
        var setAt = ExecutionLog.Stored(policy.SetAt).ToUniversalTime();
        var (setBy, reason) = (StorableText.Of(policy.SetBy.ToString()), policy.Reason is { } text ? StorableText.Of(text) : null);
        var body = JsonSerializer.SerializeToUtf8Bytes(policy.Definition, StoredJson.Default.PolicyDefinition);
        return await database.WriteAsync(
            session =>
            {
                var inserted = session.Use(Insert)
                    .Bind(1, policy.Namespace.ToString()).Bind(2, policy.Version).Bind(3, Instants.Micros(setAt))
                    .BindText(4, setBy).BindText(5, reason).Bind(6, body).Bind(7, answers.Before).Bind(8, answers.After)
                    .Run();
                if (inserted == 0)
                {
                    return null;
                }

                var revision = session.Connection.LastRow;
                session.Use(DropOldAnswers).Bind(1, policy.Namespace.ToString()).Bind(2, policy.Version).Run();
                SetLimit(session, policy.Namespace.ToString(), policy.Definition.MaxLiveSessions);
                return policy with { Revision = revision, SetAt = setAt };
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> KeepPolicyAnswersAsync(
        SessionNamespace @namespace, long version, PolicyAnswers answers, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(
                session => session.Use(KeepAnswers)
                    .Bind(1, @namespace.ToString()).Bind(2, version).Bind(3, answers.Before).Bind(4, answers.After).Run() > 0,
                cancellationToken);
        }
        catch (StoreOutcomeUnknownException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<StoredPolicy>> ReadPoliciesAsync(long afterRevision, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadAsync(
            connection => Read(connection.Use(
                $"""
                SELECT {Columns} FROM policy AS one
                WHERE revision > ?1 AND version = (SELECT max(version) FROM policy AS other WHERE other.namespace = one.namespace)
                ORDER BY revision LIMIT ?2
                """).Bind(1, afterRevision).Bind(2, limit)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<StoredPolicy>> ReadPolicyHistoryAsync(
        SessionNamespace @namespace, long? beforeVersion, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadAsync(
            connection => Read(connection.Use(
                $"SELECT {Columns} FROM policy WHERE namespace = ?1 AND version < ?2 ORDER BY version DESC LIMIT ?3")
                .Bind(1, @namespace.ToString()).Bind(2, beforeVersion ?? long.MaxValue).Bind(3, limit)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<LiveCount>> ReadLiveCountsAsync(SessionNamespace @namespace, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.Snapshot(snapshot =>
            {
                var counts = ImmutableArray.CreateBuilder<LiveCount>();
                foreach (var level in @namespace.Path())
                {
                    using var row = snapshot.Use("SELECT maximum, live FROM live_limit WHERE namespace = ?1").Bind(1, level.ToString());
                    if (row.Step())
                    {
                        counts.Add(new LiveCount(level, row.Int64(0), row.Int64(1)));
                    }
                }

                return counts.ToImmutable();
            }),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<LiveSession>> ReadLiveAsync(
        SessionNamespace within, SessionId? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadMuchAsync(
            connection =>
            {
                using var rows = connection.Use($"SELECT s.id, s.sequence {WithinOf} AND s.id > ?2 ORDER BY s.id LIMIT ?3");
                rows.Bind(1, within.ToString()).Bind(2, after is { } last ? SaveRow.IdOf(last) : []).Bind(3, limit);
                var live = ImmutableArray.CreateBuilder<LiveSession>();
                while (rows.Step())
                {
                    live.Add(new LiveSession(SessionId.Of(rows.Bytes(0)), rows.Int64(1)));
                }

                return live.ToImmutable();
            },
            cancellationToken);
    }

    private static void SetLimit(WriteSession session, string name, long? maximum)
    {
        if (maximum is null)
        {
            session.Use("DELETE FROM live_limit WHERE namespace = ?1").Bind(1, name).Run();
        }
        else if (session.Use("UPDATE live_limit SET maximum = ?2 WHERE namespace = ?1").Bind(1, name).Bind(2, maximum).Run() == 0)
        {
            // Nothing else writes meanwhile, so that nothing is counted twice or missed.
            session.Use($"INSERT INTO live_limit (namespace, maximum, live) VALUES (?1, ?2, (SELECT count(*) {WithinOf}))")
                .Bind(1, name).Bind(2, maximum).Run();
        }
    }

    private static ImmutableArray<StoredPolicy> Read(SqliteStatement rows)
    {
        using (rows)
        {
            var policies = ImmutableArray.CreateBuilder<StoredPolicy>();
            while (rows.Step())
            {
                policies.Add(ReadOne(rows));
            }

            return policies.ToImmutable();
        }
    }

    private static StoredPolicy ReadOne(SqliteStatement row)
    {
        var (revision, @namespace, version) = (row.Int64(0), SessionNamespace.Parse(row.Text(1)), row.Int64(2));
        try
        {
            return new StoredPolicy(@namespace, version, revision, new NamespacePolicy
            {
                Namespace = @namespace,
                Version = version,
                Revision = revision,
                SetAt = Instants.OfMicros(row.Int64(3)),
                SetBy = Principal.Parse(row.Text(4)),
                Reason = row.NullableText(5),
                Definition = JsonSerializer.Deserialize(row.Bytes(6), RewrittenJson.Policy)
                    ?? throw new JsonException("The policy is null."),
            }, row.NullableText(7));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // Not a failure of the question: the others are to be known, and this one is to deny.
            return new StoredPolicy(@namespace, version, revision, null, row.NullableText(7));
        }
    }
}
