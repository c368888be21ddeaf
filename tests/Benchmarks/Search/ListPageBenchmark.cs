using System.Globalization;
using System.Text;
using Sessions.TestKit;

namespace Sessions.Benchmarks;

/// <summary>The slowest first page among all kinds of lists, beside a single session read on the same way.</summary>
internal sealed class ListPageBenchmark : IBenchmark
{
    public const string BenchmarkName = "list-page";

    private const int Times = 100;
    private static readonly int[] Sizes = [1_000, 10_000, 100_000, 1_000_000];

    private readonly StringBuilder table = new();
    private PostgresServer? server;
    private NodeProcess? node;
    private WorkerProcess? load;
    private SearchableSessions? sessions;
    private string slowest = "";

    public string Name => BenchmarkName;

    public string Unit => "ms p99, lower is better";

    public string AnchorName => $"one session by its id among {Sizes[^1]:n0}, from the store, through gateway and grain, p99";

    // Code of this platform on both sides.
    public int AnchorWarmUpTurns => 4;

    public string Notes =>
        $"the slowest first page of 50 among {ListKinds.Names.Count()} kinds of lists at {Sizes[^1]:n0} sessions, in the last turn that of '{slowest}'; "
        + $"p50/p99 in ms by number of sessions:{table}";

    public async Task PrepareAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        var database = await server.CreateDatabaseAsync();
        sessions = new SearchableSessions(database);
        await sessions.PrepareAsync();
        node = await NodeProcess.StartAsync(database);
        load = await WorkerProcess.LoadAsync(Loads.Lists, node.Gateway);
        foreach (var size in Sizes)
        {
            await sessions.GrowToAsync(size);

            // Once for nothing: the compiler, and the pages of the database that were not read before.
            await MeasureAllAsync();
            var pages = await MeasureAllAsync();
            table.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}  {size:n0} ({await sessions.BytesEachAsync():n0} bytes each with indexes): ");
            table.AppendJoin(", ", pages.Select(page => $"{page.Kind} {Spread.Text(page.P50)}/{Spread.Text(page.P99)}"));
        }
    }

    public async Task<double> MeasureAnchorAsync() =>
        (await load!.TurnAsync(ListLoad.Sessions(Times * ListKinds.Names.Count(), Sizes[^1]))).More[ListLoad.P99];

    public async Task<double> MeasureFigureAsync()
    {
        var slow = (await MeasureAllAsync()).MaxBy(page => page.P99);
        slowest = slow.Kind;
        return slow.P99;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[load, node, sessions, server])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }

    private async Task<List<(string Kind, double P50, double P99)>> MeasureAllAsync()
    {
        var pages = new List<(string, double, double)>();
        foreach (var kind in ListKinds.Names)
        {
            var result = await load!.TurnAsync(ListLoad.Pages(kind, Times));
            pages.Add((kind, result.More[ListLoad.P50], result.More[ListLoad.P99]));
        }

        return pages;
    }
}
