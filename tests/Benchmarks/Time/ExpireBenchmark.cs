using System.Globalization;
using Sessions.TestKit;

namespace Sessions.Benchmarks;

/// <summary>
/// A million sessions that end by themselves: a node finds them all overdue when it starts, and ends each with its events. Beside the plain
/// deletion of as many with theirs, which decides nothing and leaves nothing.
/// </summary>
internal sealed class ExpireBenchmark : IBenchmark
{
    public const string BenchmarkName = "expire";

    private const int Foreground = 8;
    private static readonly int Count =
        int.Parse(Environment.GetEnvironmentVariable("SESSIONS_EXPIRE") ?? "1000000", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private PostgresServer? server;
    private string database = "";
    private DueTable table = null!;
    private double activations;
    private double beside;
    private double alone;

    public string Name => BenchmarkName;

    public string Unit => "sessions/s";

    public string AnchorName => $"deletion of {Count} overdue sessions with their log, 128 per statement, one connection";

    // Every turn is long, and begins with a new node.
    public int AnchorWarmUpTurns => 0;

    public int WarmUpTurns => 0;

    public int Turns => 1;

    public string Notes => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} sessions in {OverdueSessions.Names.Count} namespaces, two events each, by one node; session grains activated: {activations:0}; "
        + $"p99 of {Foreground} callers that create sessions: {beside:0.0} ms during a sweep, {alone:0.0} ms without, × {beside / alone:0.00}");

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        database = await server.CreateDatabaseAsync();
        table = new DueTable(database);
    }

    public async Task<double> MeasureAnchorAsync()
    {
        await OverdueSessions.StoreAsync(database, Count);
        var perSecond = await table.DeleteAsync();
        await table.ClearAsync();
        return perSecond;
    }

    public async Task<double> MeasureFigureAsync()
    {
        await OverdueSessions.StoreAsync(database, Count);
        await using (var node = await NodeProcess.StartAsync(database))
        {
            await NothingDueAsync();
            activations = (await node.Worker.TurnAsync(ActivationTurns.Count)).More[ActivationTurns.Activations];
        }

        var perSecond = await table.EndedPerSecondAsync();
        await table.ClearAsync();
        await OverdueSessions.StoreAsync(database, Count);
        await MeasureForegroundAsync();
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

    private async Task MeasureForegroundAsync()
    {
        await using var node = await NodeProcess.StartAsync(database);
        await using var load = await WorkerProcess.LoadAsync(Loads.Creation, node.Gateway);
        var during = new List<double>();
        while (await table.HasDueAsync())
        {
            during.Add((await load.TurnAsync(CreationLoad.Create(Foreground))).More[CreationLoad.P99]);
        }

        await NothingDueAsync();
        var without = new List<double>();
        for (var turn = 0; turn < 5; turn++)
        {
            without.Add((await load.TurnAsync(CreationLoad.Create(Foreground))).More[CreationLoad.P99]);
        }

        // The first turn is the compiler's, and the last of the sweep is only partly beside it.
        double[] counted = during.Count > 2 ? [.. during.Skip(1).SkipLast(1)] : [.. during];
        (beside, alone) = (Spread.Of(counted).Median, Spread.Of([.. without]).Median);
    }

    private async Task NothingDueAsync()
    {
        while (await table.HasDueAsync())
        {
            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
