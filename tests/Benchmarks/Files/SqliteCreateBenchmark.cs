using System.Globalization;
using Sessions.Benchmarks.Creations;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Files;

/// <summary>
/// Durable creations through the port of the store, in a file of SQLite beside a PostgreSQL server on the same disk. Every save is
/// awaited, and both stores commit the saves of several callers together.
/// </summary>
internal sealed class SqliteCreateBenchmark : IBenchmark
{
    public const string BenchmarkName = "sqlite-create-32";

    private const int Callers = 32;

    // Where PostgreSQL has its files too.
    private readonly string folder = Directory.CreateTempSubdirectory("sessions-bench-").FullName;
    private readonly List<TurnResult> postgresTurns = [];
    private readonly List<TurnResult> sqliteTurns = [];
    private PostgresServer? server;
    private WorkerProcess? postgres;
    private WorkerProcess? sqlite;

    public string Name => BenchmarkName;

    public string Unit => "sessions/s";

    public string AnchorName => $"PostgreSQL with fsync, the same saves through the same port, {Callers} callers";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public int Turns => 7;

    /// <summary>Pair by pair, in the order of the run.</summary>
    public string Notes => $"{Callers} callers beside the store in a process for each store; mark: ratio at least 1.0" + string.Concat(
        postgresTurns.TakeLast(Turns).Zip(sqliteTurns.TakeLast(Turns)).Select((pair, n) =>
            $"{Environment.NewLine}  pair {n + 1}: PostgreSQL {Text(pair.First)}; SQLite {Text(pair.Second)}; "
            + $"ratio {Spread.Text(pair.Second.PerSecond / pair.First.PerSecond)}"));

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        postgres = await WorkerProcess.LoadAsync(Loads.StoreCreation, await server.CreateDatabaseAsync());
        sqlite = await WorkerProcess.LoadAsync(Loads.SqliteCreation, Path.Combine(folder, "sessions.db"));
    }

    public Task<double> MeasureAnchorAsync() => MeasureAsync(postgres!, postgresTurns);

    public Task<double> MeasureFigureAsync() => MeasureAsync(sqlite!, sqliteTurns);

    public async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[sqlite, postgres, server])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<double> MeasureAsync(WorkerProcess load, List<TurnResult> turns)
    {
        turns.Add(await load.TurnAsync(StoreCreationLoad.Turn(Callers)));
        return turns[^1].PerSecond;
    }

    private static string Text(TurnResult turn) => string.Create(
        CultureInfo.InvariantCulture,
        $"{turn.PerSecond:n0}/s, p50 {Spread.Text(turn.More[CreationLoad.P50])} ms, p99 {Spread.Text(turn.More[CreationLoad.P99])} ms");
}
