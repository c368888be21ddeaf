using System.Globalization;
using System.Text;
using Sessions.TestKit;

namespace Sessions.Benchmarks;

/// <summary>Creations among a million sessions, beside creations among a thousand.</summary>
internal sealed class GrowthBenchmark : IBenchmark
{
    public const string BenchmarkName = "growth";

    private const int Callers = 32;
    private const int Pages = 100;
    private static readonly int[] Sizes = [1_000, 10_000, 100_000, 1_000_000];

    private readonly StringBuilder curve = new();
    private readonly List<IAsyncDisposable> opened = [];
    private Site small = null!;
    private Site large = null!;

    public string Name => BenchmarkName;

    public string Unit => "sessions/s";

    public string AnchorName => $"creations among {Sizes[0]:n0} sessions, {Callers} callers";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public string Notes =>
        $"creations among {Sizes[^1]:n0}; one turn each by number of sessions, those made meanwhile beside them, and against the first:{curve}";

    public async Task PrepareAsync()
    {
        var server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        opened.Add(server);
        (small, large) = (await OpenAsync(server, Sizes[0]), await OpenAsync(server, Sizes[0]));
        (double Create, double Activate, double Page)? first = null;
        foreach (var size in Sizes)
        {
            await large.Sessions.GrowToAsync(size);
            await MeasureAsync();
            var now = await MeasureAsync();
            first ??= now;
            curve.Append(
                CultureInfo.InvariantCulture,
                $"{Environment.NewLine}  {size:n0}: create {Spread.Text(now.Create)}/s ({Spread.Text(now.Create / first.Value.Create)}), "
                + $"create and activate {Spread.Text(now.Activate)}/s ({Spread.Text(now.Activate / first.Value.Activate)}), "
                + $"page of a namespace p99 {Spread.Text(now.Page)} ms ({Spread.Text(now.Page / first.Value.Page)})");
        }

        async Task<(double Create, double Activate, double Page)> MeasureAsync() => (
            (await large.Creations.TurnAsync(CreationLoad.Create(Callers))).PerSecond,
            (await large.Creations.TurnAsync(CreationLoad.CreateAndActivate(Callers))).PerSecond,
            (await large.Lists.TurnAsync(ListLoad.Pages(ListKinds.OfNamespace, Pages))).More[ListLoad.P99]);
    }

    public async Task<double> MeasureAnchorAsync() => (await small.Creations.TurnAsync(CreationLoad.Create(Callers))).PerSecond;

    public async Task<double> MeasureFigureAsync() => (await large.Creations.TurnAsync(CreationLoad.Create(Callers))).PerSecond;

    public async ValueTask DisposeAsync()
    {
        foreach (var part in opened.AsEnumerable().Reverse())
        {
            await part.DisposeAsync();
        }
    }

    private async Task<Site> OpenAsync(PostgresServer server, int count)
    {
        var database = await server.CreateDatabaseAsync();
        var sessions = new SearchableSessions(database);
        opened.Add(sessions);
        await sessions.PrepareAsync();
        await sessions.GrowToAsync(count);
        var node = await NodeProcess.StartAsync(database);
        opened.Add(node);
        var creations = await WorkerProcess.LoadAsync(Loads.Creation, node.Gateway);
        opened.Add(creations);
        var lists = await WorkerProcess.LoadAsync(Loads.Lists, node.Gateway);
        opened.Add(lists);
        return new Site(sessions, creations, lists);
    }

    /// <summary>A node with sessions, and those who ask it.</summary>
    private sealed record Site(SearchableSessions Sessions, WorkerProcess Creations, WorkerProcess Lists);
}
