using Sessions.Benchmarks;
using Sessions.Benchmarks.Workers;

// The first two are how this program starts parts of itself as processes of their own.
switch (args)
{
    case ["--node", .. var rest]:
        return await WorkerHost.RunAsync(() => new NodeWorker(rest));

    case ["--load", var load, .. var rest]:
        return await WorkerHost.RunAsync(() => Loads.Make(load, rest));

    case ["--anchors"]:
        await AnchorCheck.RunAsync();
        return 0;
}

var jsonFile = args.SkipWhile(argument => argument != "--json").Skip(1).FirstOrDefault();
var names = args.TakeWhile(argument => argument != "--json").ToArray();
if (names.Length == 0 || (jsonFile is null && args.Contains("--json")) || Catalog.Choose(names) is not { } chosen)
{
    Console.Error.WriteLine($"usage: NAME… [--json FILE], where NAME is one of: {string.Join(", ", Catalog.Names)}, all");
    return 2;
}

var reports = new List<BenchmarkReport>();
var failed = false;
foreach (var make in chosen)
{
    await using var benchmark = make();
    try
    {
        var report = await BenchmarkRunner.RunAsync(benchmark);
        report.Print(Console.Out);
        reports.Add(report);
    }
#pragma warning disable CA1031 // Whatever it is, the others have something to show yet.
    catch (Exception exception)
#pragma warning restore CA1031
    {
        Console.Error.WriteLine($"{benchmark.Name} failed: {exception}");
        failed = true;
    }

    // After each one, so that a long run that is cut short has left something.
    if (jsonFile is not null)
    {
        await File.WriteAllTextAsync(jsonFile, BenchmarkReport.ToJson(reports));
    }
}

return failed ? 1 : 0;
