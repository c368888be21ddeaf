using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Calls;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks;

/// <summary>Every anchor once, by itself: whether this machine has what the benchmarks need, and how fast it is today.</summary>
internal static class AnchorCheck
{
    public static async Task RunAsync()
    {
        var lookup = new DictionaryLookupAnchor();
        lookup.Measure();
        Print(DictionaryLookupAnchor.Name, lookup.Measure(), "ns/lookup");

        await using (var redis = await RedisServer.StartAsync())
        {
            Print(RedisAnchor.Name, await new RedisAnchor(redis).MeasureAsync(), "increments/s");
        }

        await using (var server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true }))
        {
            using var row = await HotRowAnchor.PrepareAsync(server, clients: 16);
            Print(row.Name, await row.MeasureAsync(), "updates/s");
        }

        await using var node = await NodeProcess.StartAsync(connectionString: null);
        await node.Worker.TurnAsync(AuthorizeCalls.Empty);
        var inside = await node.Worker.TurnAsync(AuthorizeCalls.Empty);
        Print("empty grain, co-hosted", inside.PerSecond, $"calls/s, {Spread.Text(inside.CpuMicroseconds)} µs of CPU each");

        await using var load = await WorkerProcess.LoadAsync(Loads.GatewayCalls, node.Gateway);
        await load.TurnAsync(AuthorizeCalls.Empty);
        var before = node.Worker.ProcessorTime;
        var outside = await load.TurnAsync(AuthorizeCalls.Empty);
        var cpu = (node.Worker.ProcessorTime - before).TotalMicroseconds / outside.Operations;
        Print("empty grain, through the gateway", outside.PerSecond, $"calls/s, {Spread.Text(cpu)} µs of the node's CPU each");
    }

    private static void Print(string name, double figure, string unit) => Console.WriteLine($"{name}: {Spread.Text(figure)} {unit}");
}
