using System.Globalization;
using System.Text;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Search;

/// <summary>The slowest first page among all kinds of lists, beside a single session read on the same way.</summary>
internal sealed class ListPageBenchmark : IBenchmark
{
    public const string BenchmarkName = "list-page";

    private const int Mark = 20;
    private const int Times = 100;
    private const int Reads = 1000;
    private const int CountedTurns = 5;

    // A page that is not near the beginning, of which a thousand sessions have one in many lists.
    private const int Before = 3;

    private static readonly int[] Sizes = [1_000, 10_000, 100_000, 1_000_000];

    private readonly StringBuilder table = new();
    private readonly Dictionary<string, List<double>> turns = ListKinds.Names.ToDictionary(kind => kind, _ => new List<double>());
    private PostgresServer? server;
    private NodeProcess? node;
    private WorkerProcess? load;
    private SearchableSessions? sessions;

    public string Name => BenchmarkName;

    public string Unit => "ms p99, lower is better";

    public string AnchorName => $"one session by its id among {Sizes[^1]:n0}, from the store, through gateway and grain, p99";

    // Of both sides: the node and its client have answered thousands of these questions when the first turn comes.
    public int AnchorWarmUpTurns => 1;

    public int WarmUpTurns => 1;

    public int Turns => CountedTurns;

    public string Notes
    {
        get
        {
            var kinds = turns.ToDictionary(kind => kind.Key, kind => Spread.Of([.. kind.Value.TakeLast(CountedTurns)]));
            var slowest = kinds.MaxBy(kind => kind.Value.Median);
            return $"the slowest first page of 50 in each turn, of {kinds.Count} kinds of lists at {Sizes[^1]:n0} sessions, {Times} times each; by the "
                + $"median of its turns '{slowest.Key}' with {slowest.Value}; beyond {Mark} ms in the median: "
                + $"{Listed(kinds.Where(kind => kind.Value.Median > Mark).Select(kind => kind.Key))}, in the worst turn: "
                + $"{Listed(kinds.Where(kind => kind.Value.Max > Mark).Select(kind => kind.Key))}; "
                + $"first page, then the one after {Before} others, p50/p99 in ms by number of sessions:{table}{Environment.NewLine}"
                + $"  {Sizes[^1]:n0}, p99 of the first page by turns: {string.Join(", ", kinds.Select(kind => $"{kind.Key} {kind.Value}"))}";

            static string Listed(IEnumerable<string> names) => names.Any() ? string.Join(", ", names) : "none";
        }
    }

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
            await MeasureAllAsync(0);
            var (first, later) = (await MeasureAllAsync(0), await MeasureAllAsync(Before));
            table.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}  {size:n0} ({await sessions.BytesEachAsync():n0} bytes each with indexes): ");
            table.AppendJoin(", ", first.Zip(later, (one, other) =>
                $"{one.Kind} {Spread.Text(one.P50)}/{Spread.Text(one.P99)} {Spread.Text(other.P50)}/{Spread.Text(other.P99)}"));
        }
    }

    public async Task<double> MeasureAnchorAsync() => (await load!.TurnAsync(ListLoad.Sessions(Reads, Sizes[^1]))).More[ListLoad.P99];

    public async Task<double> MeasureFigureAsync()
    {
        var pages = await MeasureAllAsync(0);
        foreach (var (kind, _, p99) in pages)
        {
            turns[kind].Add(p99);
        }

        return pages.Max(page => page.P99);
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

    private async Task<List<(string Kind, double P50, double P99)>> MeasureAllAsync(int before)
    {
        var pages = new List<(string, double, double)>();
        foreach (var kind in ListKinds.Names)
        {
            var result = await load!.TurnAsync(ListLoad.Pages(kind, Times, before));
            pages.Add((kind, result.More[ListLoad.P50], result.More[ListLoad.P99]));
        }

        return pages;
    }
}
