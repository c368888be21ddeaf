using System.Globalization;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Anchors;

/// <summary>One script of pgbench upon one database: statements prepared, nothing vacuumed before.</summary>
internal sealed class Pgbench : IDisposable
{
    private readonly PostgresServer server;
    private readonly string database;
    private readonly string script = Path.GetTempFileName();

    public Pgbench(PostgresServer server, string database, string text)
    {
        (this.server, this.database) = (server, database);
        File.WriteAllText(script, text);
    }

    /// <summary>Runs it for a while.</summary>
    /// <returns>Transactions per second.</returns>
    public async Task<double> MeasureAsync(int clients, TimeSpan duration)
    {
        var output = await server.PgbenchAsync(
            database,
            "-n", "-M", "prepared", "-c", Text(clients), "-j", "2", "-T", Text((int)duration.TotalSeconds), "-f", script);
        var line = output.Split('\n').First(line => line.StartsWith("tps = ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);

        static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
    }

    public void Dispose() => File.Delete(script);
}
