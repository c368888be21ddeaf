using System.Globalization;

namespace Sessions.Benchmarks.Anchors;

/// <summary>Increments of one counter in Redis over 50 connections, one request at a time on each, by Redis's own benchmark.</summary>
internal sealed class RedisAnchor(RedisServer server)
{
    public const string Name = "Redis INCR, 50 connections (redis-benchmark)";

    private const int Requests = 400_000;

    /// <summary>Increments per second.</summary>
    public async Task<double> MeasureAsync()
    {
        string[] arguments =
        [
            "-h", "127.0.0.1", "-p", server.Port.ToString(CultureInfo.InvariantCulture),
            "-t", "incr", "-c", "50", "-P", "1", "-n", Requests.ToString(CultureInfo.InvariantCulture), "--csv",
        ];
        return Parse(await ToolRun.OutputAsync("redis-benchmark", arguments));
    }

    // A line of names, and then one such as "INCR","106382.98","0.252",…
    private static double Parse(string csv)
    {
        var line = csv.Split('\n').FirstOrDefault(line => line.StartsWith("\"INCR\"", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"redis-benchmark printed no line for INCR:\n{csv}");
        return double.Parse(line.Split(',')[1].Trim('"', '\r'), CultureInfo.InvariantCulture);
    }
}
