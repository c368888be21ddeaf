using System.Globalization;
using System.Text;
using Sessions.Benchmarks.Creations;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Search;

/// <summary>Creations among a million sessions, beside creations among a thousand.</summary>
internal sealed class GrowthBenchmark : IBenchmark
{
    public const string BenchmarkName = "growth";

    private const int Callers = 32;
    private const int Pages = 100;
    private const int WarmTurns = 3;
    private static readonly int[] Sizes = [1_000, 10_000, 100_000, 1_000_000];

    private readonly StringBuilder curve = new();
    private readonly List<IAsyncDisposable> opened = [];
    private Site small = null!;
    private Site large = null!;
    private long smallest;
    private long largest;

    public string Name => BenchmarkName;

    public string Unit => "sessions/s";

    public string AnchorName => $"creations among {Sizes[0]:n0} sessions and those made meanwhile, {Callers} callers";

    // Both sides have made and shown sessions for a minute when the first turn comes.
    public int AnchorWarmUpTurns => 0;

    public int WarmUpTurns => 0;

    public string Notes =>
        $"creations among {Sizes[^1]:n0}; there were {smallest:n0} and {largest:n0} sessions in the end; one turn each by number of sessions, those "
        + $"made meanwhile beside them, and against one of the same minute where it began with {Sizes[0]:n0}:{curve}";

    public async Task PrepareAsync()
    {
        var server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        opened.Add(server);
        (small, large) = (await OpenAsync(server, Sizes[0]), await OpenAsync(server, Sizes[0]));
        for (var turn = 0; turn < WarmTurns; turn++)
        {
            await MeasureAsync(small);
            await MeasureAsync(large);
        }

        foreach (var size in Sizes)
        {
            await large.Sessions.GrowToAsync(size);
            var (anchor, now) = (await MeasureAsync(small), await MeasureAsync(large));
            curve.Append(
                CultureInfo.InvariantCulture,
                $"{Environment.NewLine}  {size:n0}: create {Spread.Text(now.Create)}/s ({Spread.Text(now.Create / anchor.Create)}), "
                + $"create and activate {Spread.Text(now.Activate)}/s ({Spread.Text(now.Activate / anchor.Activate)}), "
                + $"page of a namespace p99 {Spread.Text(now.Page)} ms ({Spread.Text(now.Page / anchor.Page)})");
        }

        async Task<(double Create, double Activate, double Page)> MeasureAsync(Site site) => (
            await CreateAsync(site),
            (await site.Creations.TurnAsync(CreationLoad.CreateAndActivate(Callers))).PerSecond,
            (await site.Lists.TurnAsync(ListLoad.Pages(ListKinds.OfNamespace, Pages))).More[ListLoad.P99]);
    }

    public Task<double> MeasureAnchorAsync() => CreateAsync(small);

    public async Task<double> MeasureFigureAsync()
    {
        var made = await CreateAsync(large);
        (smallest, largest) = (await small.Sessions.CountStoredAsync(), await large.Sessions.CountStoredAsync());
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in opened.AsEnumerable().Reverse())
        {
            await part.DisposeAsync();
        }
    }

    private static async Task<double> CreateAsync(Site site) => (await site.Creations.TurnAsync(CreationLoad.Create(Callers))).PerSecond;

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
