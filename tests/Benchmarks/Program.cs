using System.Globalization;
using System.Text.Json;
using Sessions.Benchmarks;

const int Turns = 5;
const int WarmUpTurns = 4;
Func<IBenchmark>[] all = [() => new CreateActivateBenchmark(32)];

var jsonFile = args.SkipWhile(argument => argument != "--json").Skip(1).FirstOrDefault();
var names = args.TakeWhile(argument => argument != "--json").ToArray();
var chosen = all.Where(make => names.Contains("all") || names.Contains(make().Name)).ToArray();
if (chosen.Length == 0)
{
    Console.Error.WriteLine($"usage: NAME… [--json FILE], where NAME is one of: {string.Join(", ", all.Select(make => make().Name))}, all");
    return 2;
}

var results = new List<object>();
foreach (var make in chosen)
{
    await using var benchmark = make();
    await benchmark.PrepareAsync();

    // Not counted: the compiler still improves the code of a node in its first twenty seconds under load.
    await benchmark.MeasureAnchorAsync();
    for (var turn = 0; turn < WarmUpTurns; turn++)
    {
        await benchmark.MeasureFigureAsync();
    }

    var (anchors, figures, ratios) = (new double[Turns], new double[Turns], new double[Turns]);
    for (var turn = 0; turn < Turns; turn++)
    {
        anchors[turn] = await benchmark.MeasureAnchorAsync();
        figures[turn] = await benchmark.MeasureFigureAsync();
        ratios[turn] = figures[turn] / anchors[turn];
    }

    Console.WriteLine($"{benchmark.Name} ({benchmark.Unit}, {Turns} turns, min / median / max)");
    Console.WriteLine($"  anchor  {Spread(anchors, "n0")}  {benchmark.AnchorName}");
    Console.WriteLine($"  figure  {Spread(figures, "n0")}");
    Console.WriteLine($"  ratio   {Spread(ratios, "n2")}");
    Console.WriteLine($"  {benchmark.Notes}");
    results.Add(new
    {
        name = benchmark.Name,
        unit = benchmark.Unit,
        anchor = Median(anchors),
        figure = Median(figures),
        ratio = new { min = ratios.Min(), median = Median(ratios), max = ratios.Max() },
        notes = benchmark.Notes,
    });
}

if (jsonFile is not null)
{
    await File.WriteAllTextAsync(jsonFile, JsonSerializer.Serialize(results));
}

return 0;

static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

static string Spread(double[] values, string format) => string.Join(
    " / ", new[] { values.Min(), Median(values), values.Max() }.Select(value => value.ToString(format, CultureInfo.InvariantCulture)));
