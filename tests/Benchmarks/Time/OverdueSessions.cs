using System.Globalization;
using Npgsql;
using Sessions.Benchmarks.Workers;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Time;

/// <summary>
/// Sessions that end at one moment, all but, in a few namespaces: created and activated, two events each. One is saved as a node saves it; the
/// database makes the others from it.
/// </summary>
internal sealed class OverdueSessions(string connectionString) : IAsyncDisposable
{
    private const int AtOnce = 50_000;

    // Its last digit is not left out where it is written, so that others can take its place.
    private static readonly TimeSpan Odd = TimeSpan.FromMicroseconds(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly NpgsqlDataSource source = SessionsDataSource.Create(connectionString);
    private int stored;

    /// <summary>Where they live.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Enumerable.Range(0, 8).Select(n => string.Create(CultureInfo.InvariantCulture, $"bench/due-{n}"))];

    /// <summary>Stores so many more.</summary>
    /// <param name="count">How many.</param>
    /// <param name="end">When the first of them ends; the others do within a second.</param>
    public async Task StoreAsync(int count, DateTimeOffset end)
    {
        var start = new DateTimeOffset(end.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero) - Lifetime + Odd;
        var sample = await SaveSampleAsync(start);

        // A row that is new at its second version is refused otherwise, as what brings a session back.
        await source.SeedAsync("ALTER TABLE sessions.session DISABLE TRIGGER session_refuse_revival");
        for (var from = 0; from < count; from += AtOnce)
        {
            await CopyAsync(sample, stored + from, Math.Min(count - from, AtOnce));
        }

        await source.SeedAsync("ALTER TABLE sessions.session ENABLE TRIGGER session_refuse_revival");
        stored += count;
        await source.SeedAsync("DELETE FROM sessions.session WHERE id = $1", sample.Id.ToString());
        await source.SeedAsync("DELETE FROM sessions.session_event WHERE session_id = $1", sample.Id.ToString());

        // Otherwise the first to look at the rows would pay for their having been written.
        await source.SeedAsync("VACUUM (ANALYZE) sessions.session, sessions.session_event");
        await source.SeedAsync("CHECKPOINT");
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static string Written(DateTimeOffset instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private async Task<SessionRecord> SaveSampleAsync(DateTimeOffset at)
    {
        await using var store = source.OpenStore();
        await store.Sessions.InitializeAsync(CancellationToken.None);

        // Without the notice before the end, which would be a second thing to do.
        var create = SessionRecords.Create(
            @namespace: "bench/due-sample", overrides: new() { MaxDuration = Lifetime, ExpiryNotice = TimeSpan.Zero }, at: at);
        var activate = SessionRecords.Next(create.Record, new ActivateSession { Actor = create.Record.Creator }, at);
        foreach (var save in (SessionSave[])[create, activate])
        {
            if (await store.Sessions.SaveAsync(save, CancellationToken.None) != SaveOutcome.Saved)
            {
                throw new InvalidOperationException("The sample was not stored.");
            }
        }

        return activate.Record;
    }

    private async Task CopyAsync(SessionRecord sample, int from, int count)
    {
        const string Numbers =
            """
            (
                SELECT 's-' || lpad(((n + 1) * 7919 % 10000019)::text, 8, '0') || lpad((n + 1)::text, 18, '0') AS id,
                    'bench/due-' || n % 8 AS namespace,
                    (n % 500000) * interval '1 microsecond' AS later
                FROM generate_series($2::bigint, $2::bigint + $3::bigint - 1) AS n
            ) AS one
            """;
        await source.SeedAsync(
            $"""
            INSERT INTO sessions.session (id, namespace, creator, status, version, requested_at, ends_at, due_at, body, data_limit)
            SELECT one.id, one.namespace, creator, status, version, requested_at + later, ends_at + later, due_at + later,
                replace(replace(replace(replace(body::text, sample.id, one.id), sample.namespace, one.namespace),
                    $4, to_char((requested_at + later) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')),
                    $5, to_char((ends_at + later) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))::json,
                data_limit
            FROM sessions.session AS sample CROSS JOIN {Numbers}
            WHERE sample.id = $1
            """,
            sample.Id.ToString(),
            from,
            count,
            Written(sample.RequestedAt),
            Written(sample.ExpiresAt!.Value));
        await source.SeedAsync(
            $"""
            INSERT INTO sessions.session_event (session_id, sequence, namespace, type, at, actor, reason, body)
            SELECT one.id, sequence, one.namespace, type, at + later, actor, reason,
                replace(body::text, $4, to_char((at + later) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))::json
            FROM sessions.session_event AS sample CROSS JOIN {Numbers}
            WHERE sample.session_id = $1
            """,
            sample.Id.ToString(),
            from,
            count,
            Written(sample.RequestedAt));
    }
}
