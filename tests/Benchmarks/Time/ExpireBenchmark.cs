using System.Globalization;
using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Idle;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Time;

/// <summary>
/// A million sessions that end by themselves: a node finds them all overdue when it starts, and ends each with its events. Beside the plain
/// deletion of as many with theirs, which decides nothing and leaves nothing. And what callers notice of a sweep, who come to a node that
/// is warm at a pace of their own.
/// </summary>
internal sealed class ExpireBenchmark : IBenchmark
{
    public const string BenchmarkName = "expire";

    private const string WarmUp = "warm up";
    private const string During = "during";
    private const string Without = "without";
    private const string End = "end";

    private static readonly int Count =
        int.Parse(Environment.GetEnvironmentVariable("SESSIONS_EXPIRE") ?? "1000000", CultureInfo.InvariantCulture);

    // Enough to last for a while beside the callers, and a few ahead of them so that the sweep is warm too.
    private static readonly int CountBeside = Math.Max(Count / 10, 20_000);
    private static readonly int CountAhead = 10_000;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(10);

    // What storing them takes, and the callers' first turn without a sweep.
    private static readonly TimeSpan Ahead = Alone + TimeSpan.FromSeconds(5 + (CountBeside / 5_000));

    private PostgresServer? server;
    private string database = "";
    private DueTable table = null!;
    private string costs = "";
    private string callers = "";
    private double activations;

    public string Name => BenchmarkName;

    public string Unit => "sessions/s";

    public string AnchorName => $"deletion of {Count} overdue sessions with their log, 128 per statement, one connection";

    // Every turn is long, and begins with a new node.
    public int AnchorWarmUpTurns => 0;

    public int WarmUpTurns => 0;

    public int Turns => 1;

    public string Notes => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} active sessions in {OverdueSessions.Names.Count} namespaces, by one node, {costs}; session grains activated: {activations:0}; "
        + $"{PacedCallsLoad.Callers} callers, {PacedCallsLoad.CreationsPerSecond} creations and {PacedCallsLoad.AuthorizationsPerSecond} authorizations "
        + $"a second in all: {callers}");

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        database = await server.CreateDatabaseAsync();
        table = new DueTable(database);
    }

    public async Task<double> MeasureAnchorAsync()
    {
        await StoreOverdueAsync();
        var perSecond = await table.DeleteAsync();
        await table.ClearAsync();
        return perSecond;
    }

    public async Task<double> MeasureFigureAsync()
    {
        await StoreOverdueAsync();
        var processes = await ServerProcesses.OfAsync(database);
        var before = processes.ProcessorTime;
        await using (var node = await NodeProcess.StartAsync(database))
        {
            await NothingDueAsync();
            costs = $"node {Spread.Text(node.Worker.ProcessorTime.TotalMicroseconds / Count)} µs and PostgreSQL "
                + $"{Spread.Text((processes.ProcessorTime - before).TotalMicroseconds / Count)} µs of CPU each";
            activations = (await node.Worker.TurnAsync(ActivationTurns.Count)).More[ActivationTurns.Activations];
        }

        var perSecond = await table.EndedPerSecondAsync();
        await table.ClearAsync();
        await MeasureCallersAsync();
        await table.ClearAsync();
        return perSecond;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await table.DisposeAsync();
            await server.DisposeAsync();
        }
    }

    private async Task MeasureCallersAsync()
    {
        await using var sessions = new OverdueSessions(database);
        await using var node = await NodeProcess.StartAsync(database);
        await using var load = await WorkerProcess.LoadAsync(Loads.PacedCalls, node.Gateway);
        await load.TurnAsync(WarmUp);
        await sessions.StoreAsync(CountAhead, TimeProvider.System.GetUtcNow().AddHours(-1));
        await NothingDueAsync();

        var end = TimeProvider.System.GetUtcNow() + Ahead;
        await sessions.StoreAsync(CountBeside, end);
        var left = end - TimeProvider.System.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            await load.TurnAsync(Without);
            await Task.Delay(left, TimeProvider.System);
        }

        await load.TurnAsync(During);
        var begun = TimeProvider.System.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await NothingDueAsync();
        var took = TimeProvider.System.GetElapsedTime(begun);
        var during = await load.TurnAsync(Without);
        await Task.Delay(Alone, TimeProvider.System);
        var without = await load.TurnAsync(End);
        callers = string.Create(CultureInfo.InvariantCulture, $"{Compare("p99 of a creation", PacedCallsLoad.Creation)}, ")
            + string.Create(CultureInfo.InvariantCulture, $"{Compare("of an authorization", PacedCallsLoad.Authorization)}, ")
            + string.Create(CultureInfo.InvariantCulture, $"while {CountBeside / took.TotalSeconds:0} sessions/s were ended");

        string Compare(string what, string name) => string.Create(
            CultureInfo.InvariantCulture,
            $"{what} {during.More[name]:0.0} ms during a sweep, {without.More[name]:0.0} ms without, × {during.More[name] / without.More[name]:0.00}");
    }

    private async Task StoreOverdueAsync()
    {
        await using var sessions = new OverdueSessions(database);
        await sessions.StoreAsync(Count, TimeProvider.System.GetUtcNow().AddHours(-1));
    }

    private async Task NothingDueAsync()
    {
        while (await table.HasDueAsync())
        {
            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
