using Npgsql;
using Sessions.Grains.Storage.Copy;
using Sessions.Storage.Postgres.Policies;

namespace Sessions.Storage.Postgres.Copy;

/// <summary>What is asked of a database before and after it is filled, inside the transaction that fills it.</summary>
internal static class CopyChecks
{
    // Held until the end: nothing else writes, and a second copy waits here and then finds the first one's rows. What nodes that do
    // nothing ask meanwhile ends soon.
    private const string Lock =
        """
        SET LOCAL lock_timeout = '10s';
        LOCK TABLE sessions.session, sessions.answer, sessions.data_answer, sessions.session_label, sessions.session_event, sessions.execution, sessions.data, sessions.policy,
            sessions.live_limit, sessions.operation IN EXCLUSIVE MODE
        """;

    // Nodes say that they live every 5 s, and every 30 s where their host sets nothing. In SiloStatus all from Created, 1, to Stopping, 5,
    // are on their way in, active or on their way out.
    private const string Nodes =
        "SELECT count(*) FROM public.OrleansSilo WHERE Status BETWEEN 1 AND 5 AND IAmAliveTime > now() - interval '1 minute'";

    private const string Present =
        """
        SELECT 'sessions' WHERE EXISTS (SELECT FROM sessions.session)
        UNION ALL SELECT 'events' WHERE EXISTS (SELECT FROM sessions.session_event)
        UNION ALL SELECT 'executions' WHERE EXISTS (SELECT FROM sessions.execution)
        UNION ALL SELECT 'data of sessions' WHERE EXISTS (SELECT FROM sessions.data)
        UNION ALL SELECT 'policies' WHERE EXISTS (SELECT FROM sessions.policy)
        UNION ALL SELECT 'operations' WHERE EXISTS (SELECT FROM sessions.operation)
        UNION ALL SELECT 'templates or subscriptions' WHERE EXISTS (
            SELECT FROM public.OrleansGrainState WHERE PayloadBinary IS NOT NULL AND NOT starts_with(ServiceId, $1))
        """;

    private static readonly string Counts =
        $"""
        SELECT '{CopyCounts.Sessions}', count(*) FROM sessions.session
        UNION ALL SELECT '{CopyCounts.SessionBytes}', coalesce(sum(octet_length(body::text)), 0) FROM sessions.session
        UNION ALL SELECT '{CopyCounts.Answers}', count(*) FROM sessions.answer
        UNION ALL SELECT '{CopyCounts.DataAnswers}', count(*) FROM sessions.data_answer
        UNION ALL SELECT '{CopyCounts.Labels}', count(*) FROM sessions.session_label
        UNION ALL SELECT '{CopyCounts.Events}', count(*) FROM sessions.session_event
        UNION ALL SELECT '{CopyCounts.LastEvent}', coalesce(max(cursor), 0) FROM sessions.session_event
        UNION ALL SELECT '{CopyCounts.Executions}', count(*) FROM sessions.execution
        UNION ALL SELECT '{CopyCounts.Data}', count(*) FROM sessions.data
        UNION ALL SELECT '{CopyCounts.DataBytes}', coalesce(sum(octet_length(value)), 0) FROM sessions.data
        UNION ALL SELECT '{CopyCounts.Policies}', count(DISTINCT namespace) FROM sessions.policy
        UNION ALL SELECT '{CopyCounts.PolicyVersions}', count(*) FROM sessions.policy
        UNION ALL SELECT '{CopyCounts.Limits}', count(*) FROM sessions.live_limit
        UNION ALL SELECT '{CopyCounts.Live}', coalesce(sum(live), 0)::bigint FROM sessions.live_limit
        UNION ALL SELECT '{CopyCounts.RightLimits}', count(*) FROM sessions.live_limit AS held
            WHERE live = (SELECT count(*) FROM sessions.session AS one WHERE one.namespace = held.namespace AND {PostgresPolicyStore.IsLive})
                + (SELECT count(*) FROM sessions.session AS one
                   WHERE one.namespace > held.namespace || '/' AND one.namespace < held.namespace || '0' AND {PostgresPolicyStore.IsLive})
        UNION ALL SELECT '{CopyCounts.Operations}', count(*) FROM sessions.operation
        UNION ALL SELECT '{CopyCounts.GrainStateBytes}', coalesce(sum(octet_length(PayloadBinary)), 0) FROM public.OrleansGrainState
        """;

    /// <exception cref="CopyRefusedException">There is something in the database, or a node uses it.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (var command = new NpgsqlCommand(Lock, connection))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        var present = await ReadAsync(connection, Present, row => row.GetString(0), cancellationToken, SqlValues.Text(StagedStates.ServicePrefix));
        if (present.Count > 0)
        {
            throw new CopyRefusedException(
                $"The database already holds {string.Join(", ", present)}. Nothing was written. Name a database that is empty.");
        }

        if ((await ReadAsync(connection, Nodes, row => row.GetInt64(0), cancellationToken))[0] is var nodes and > 0)
        {
            throw new CopyRefusedException(
                $"{nodes} node(s) use the database. Nothing was written. Stop them; one that was killed counts for a minute.");
        }
    }

    public static async Task<CopyCounts> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var counts = new CopyCounts();
        await AddAsync(Counts, row => row.GetString(0));
        await AddAsync(
            "SELECT status, count(*) FROM sessions.session GROUP BY status", row => CopyCounts.OfStatus((SessionStatus)row.GetInt16(0)));
        await AddAsync(
            "SELECT GrainTypeString, count(*) FROM public.OrleansGrainState WHERE PayloadBinary IS NOT NULL GROUP BY GrainTypeString",
            row => CopyCounts.OfState(row.GetString(0)));
        return counts;

        async Task AddAsync(string sql, Func<NpgsqlDataReader, string> kind)
        {
            foreach (var (name, count) in await ReadAsync(connection, sql, row => (kind(row), row.GetInt64(1)), cancellationToken))
            {
                counts.Add(name, count);
            }
        }
    }

    private static async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken,
        params NpgsqlParameter[] parameters)
    {
        await using var command = SqlValues.Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
