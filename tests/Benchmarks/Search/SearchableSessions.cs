using System.Globalization;
using Npgsql;
using Sessions.Benchmarks.Workers;
using Sessions.Core.Stored;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Search;

/// <summary>
/// Sessions to be searched, many of them, written by the database itself. Every fourth is a robot's, all in one namespace; the others are in
/// 40 namespaces of 20 tenants, of 1,000 creators. Every tenth is made from a template, every fourth has a label. Ten of eleven have ended.
/// None is ever due, so that the node leaves them alone.
/// </summary>
internal sealed class SearchableSessions(string connectionString) : IAsyncDisposable
{
    private const int AtOnce = 50_000;

    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);

    public static SessionNamespace Tenant => SessionNamespace.Parse("tenant-7");

    public static SessionNamespace Namespace => SessionNamespace.Parse("tenant-7/prod");

    /// <summary>The namespace of a quarter of all sessions, where others have a hundredth.</summary>
    public static SessionNamespace Crowded => SessionNamespace.Parse("robots/all");

    /// <summary>Whose a quarter of all sessions are, where others have a thousandth.</summary>
    public static Principal Busiest => Principal.Parse("robot");

    /// <summary>When the first session was requested, and when its duration was over. The others follow it at intervals of 3 ms.</summary>
    public static (DateTimeOffset Requested, DateTimeOffset Ends) First { get; } =
        (new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), new(2026, 1, 2, 1, 0, 0, TimeSpan.Zero));

    public static Principal Creator => Principal.Parse("creator-207");

    public static TemplateReference Template => TemplateReference.Parse("notebook");

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The id of the session with a number, from 0 on; spread, as drawn ones are.</summary>
    public static SessionId Id(long number) =>
        SessionId.Parse(string.Create(CultureInfo.InvariantCulture, $"s-{(number + 1) * 7_919 % 10_000_019:d8}{number + 1:d18}"));

    /// <summary>Makes the tables.</summary>
    public async Task PrepareAsync()
    {
        await using var pool = SessionsDataSource.Create(connectionString);
        await using var store = pool.OpenStore();
        await store.Sessions.InitializeAsync(CancellationToken.None);
    }

    /// <summary>Adds sessions until there are so many.</summary>
    public async Task GrowToAsync(int count)
    {
        while (Count < count)
        {
            var next = Math.Min(count, Count + AtOnce);
            await AddAsync(Count, next);
            Count = next;
        }

        await source.SeedAsync("VACUUM (ANALYZE) sessions.session, sessions.session_label, sessions.session_event");
        await source.SeedAsync("CHECKPOINT");
    }

    /// <summary>What a session takes, with its indexes and without its log, in bytes.</summary>
    public async Task<double> BytesEachAsync()
    {
        await using var command = source.CreateCommand(
            "SELECT pg_total_relation_size('sessions.session')::float8 / (SELECT count(*) FROM sessions.session)");
        return (double)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>How many sessions there are by now, with those that others made.</summary>
    public async Task<long> CountStoredAsync()
    {
        await using var command = source.CreateCommand("SELECT count(*) FROM sessions.session");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task AddAsync(int from, int before)
    {
        var sample = SessionRecords.Create(@namespace: "the-namespace", creator: "the-creator", at: TimeProvider.System.GetUtcNow()).Record;
        await source.SeedAsync(
            """
            INSERT INTO sessions.session (id, namespace, creator, status, version, template, requested_at, ends_at, body)
            SELECT id, namespace, creator, CASE WHEN n % 11 = 9 THEN 5 ELSE 8 END, 1, CASE WHEN n % 10 = 3 THEN 'notebook@' || 1 + n % 3 END,
                at, at + ($6 - $5),
                replace(replace(replace($3, $4, id), 'the-namespace', namespace), 'the-creator', creator)::json
            FROM (
                SELECT n, 's-' || lpad(((n + 1) * 7919 % 10000019)::text, 8, '0') || lpad((n + 1)::text, 18, '0') AS id,
                    CASE WHEN n % 4 = 2 THEN 'robots/all'
                        ELSE 'tenant-' || n % 20 || CASE WHEN n % 40 < 20 THEN '/prod' ELSE '/test' END END AS namespace,
                    CASE WHEN n % 4 = 2 THEN 'robot' ELSE 'creator-' || n * 31 % 1000 END AS creator,
                    $5 + n * interval '3 milliseconds' AS at
                FROM generate_series($1::bigint, $2::bigint - 1) AS n
            ) AS one
            """,
            from,
            before,
            StoredRecord.Write(sample),
            sample.Id.ToString(),
            First.Requested.UtcDateTime,
            First.Ends.UtcDateTime);
        await source.SeedAsync(
            """
            INSERT INTO sessions.session_label (session_id, label, requested_at, folded)
            SELECT id, 'team=team-' || n % 100, requested_at, E'TEAM\nTEAM-' || n % 100
            FROM generate_series($1::bigint, $2::bigint - 1) AS n
            JOIN sessions.session ON id = 's-' || lpad(((n + 1) * 7919 % 10000019)::text, 8, '0') || lpad((n + 1)::text, 18, '0')
            WHERE n % 4 = 0
            """,
            from,
            before);
    }
}
