using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sessions.Client;
using Sessions.Core;
using Sessions.Storage;
using Sessions.TestKit;

namespace Sessions.Benchmarks;

/// <summary>
/// Sessions created and activated, durably, end to end through client, gateway and grain, beside pgbench doing the same two
/// statements (row and event each) on the same server. The node and the server are processes of their own.
/// </summary>
internal sealed class CreateActivateBenchmark(int callers) : IBenchmark
{
    public const string BenchmarkName = "create-activate";

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(6);
    private static readonly SessionNamespace Namespace = SessionNamespace.Parse("bench");
    private static readonly Principal Creator = Principal.Parse("bench");

    private readonly ConcurrentQueue<double> milliseconds = new();
    private PostgresServer server = null!;
    private SiloProcess node = null!;
    private IHost client = null!;
    private Pgbench pgbench = null!;

    public string Name => BenchmarkName;

    public string Unit => "sessions/s";

    public string AnchorName => $"pgbench, {callers} clients, insert + event and update + event, prepared";

    public string Notes
    {
        get
        {
            var sorted = milliseconds.Order().ToArray();
            string At(double share) => sorted[(int)(share * (sorted.Length - 1))].ToString("n1", CultureInfo.InvariantCulture);
            return $"create + activate of one session, {callers} callers: p50 {At(0.5)} ms, p99 {At(0.99)} ms, max {At(1)} ms";
        }
    }

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        var database = await server.CreateDatabaseAsync();
        node = await SiloProcess.StartAsync(database);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSessionsClient(options => options.Gateways.Add(node.Gateway));
        client = builder.Build();
        await client.StartAsync();
        await client.Services.GetRequiredService<SessionsClient>().ConnectAsync();
        pgbench = new Pgbench(server, database, Script());
    }

    public Task<double> MeasureAnchorAsync() => pgbench.MeasureAsync(callers, Duration);

    public async Task<double> MeasureFigureAsync()
    {
        var sessions = client.Services.GetRequiredService<SessionsClient>();
        var options = new CreateSessionOptions { Namespace = Namespace, Creator = Creator };
        milliseconds.Clear();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            while (clock.Elapsed < Duration)
            {
                var started = Stopwatch.GetTimestamp();
                var handle = await sessions.CreateAsync(options);
                await handle.ActivateAsync();
                milliseconds.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }));
        return milliseconds.Count / clock.Elapsed.TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        if (client is not null)
        {
            await client.StopAsync();
            client.Dispose();
            await node.DisposeAsync();
            await server.DisposeAsync();
            pgbench.Dispose();
        }
    }

    // The bodies are those of a real session, so that both sides write as many bytes.
    private static string Script()
    {
        var facts = new DecisionFacts { Now = TimeProvider.System.GetUtcNow() };
        var id = SessionId.New();
        var specification = new SessionSpecification { Namespace = Namespace, Creator = Creator };
        var create = SessionRules.Decide(id, null, new CreateSession { Actor = Creator, Specification = specification }, facts);
        var activate = SessionRules.Decide(id, create.Next, new ActivateSession { Actor = Creator }, facts);
        return $"""
            \set n random(1, 1000000000000000)
            WITH s AS (INSERT INTO sessions.session (id, namespace, creator, status, version, requested_at, created_at, expires_at, due_at, changed_at, body)
              VALUES ('p-' || :n, 'bench', 'bench', 3, 1, now(), now(), now() + interval '1 hour', now() + interval '1 hour', now(), '{Record(create)}')
              RETURNING id)
            INSERT INTO sessions.session_event (session_id, sequence, namespace, type, at, actor, body)
              SELECT id, 1, 'bench', 'SessionCreated', now(), 'bench', '{Event(create)}' FROM s;
            WITH s AS (UPDATE sessions.session SET status = 5, version = 2, changed_at = now(), body = '{Record(activate)}'
              WHERE id = 'p-' || :n AND version = 1 RETURNING id)
            INSERT INTO sessions.session_event (session_id, sequence, namespace, type, at, actor, body)
              SELECT id, 2, 'bench', 'SessionActivated', now(), 'bench', '{Event(activate)}' FROM s;
            """;
    }

    // In pgbench a colon before a name is a variable.
    private static string Record(Decision decision) => Quoted(JsonSerializer.Serialize(decision.Next, StoredJson.Default.SessionRecord));

    private static string Event(Decision decision) =>
        Quoted(JsonSerializer.Serialize(SessionEventBody.Of(decision.Events[0]), StoredJson.Default.SessionEventBody));

    private static string Quoted(string json) => json.Replace("'", "''", StringComparison.Ordinal).Replace(":", ": ", StringComparison.Ordinal);
}
