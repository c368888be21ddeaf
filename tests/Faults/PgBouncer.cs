using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Npgsql;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A pooler between a node and PostgreSQL, in a process of its own.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private const string Binary = "/usr/sbin/pgbouncer";

    private readonly Process process;
    private readonly string folder;

    private PgBouncer(Process process, string folder, string connectionString) => (this.process, this.folder, ConnectionString) = (process, folder, connectionString);

    /// <summary>Why tests that need it are skipped; null if they are not. On a build server they never are.</summary>
    public static string? SkipReason { get; } = File.Exists(Binary) || Environment.GetEnvironmentVariable("CI") == "true"
        ? PostgresServer.SkipReason
        : "pgbouncer is not installed here.";

    /// <summary>The database, by way of the pooler.</summary>
    public string ConnectionString { get; }

    /// <param name="database">What it connects to.</param>
    /// <param name="mode">session or transaction.</param>
    public static async Task<PgBouncer> StartAsync(string database, string mode)
    {
        var port = LoopbackPorts.Free(1)[0];
        var target = new NpgsqlConnectionStringBuilder(database);
        var folder = Directory.CreateTempSubdirectory("sessions-pgbouncer-").FullName;
        var configuration = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(Path.Combine(folder, "users.txt"), "\"postgres\" \"\"\n");
        await File.WriteAllTextAsync(
            configuration,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                {target.Database} = host={target.Host} port={target.Port} dbname={target.Database} user=postgres
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = trust
                auth_file = {folder}/users.txt
                pool_mode = {mode}
                default_pool_size = 100
                max_client_conn = 500

                """));
        if (!OperatingSystem.IsWindows())
        {
            // It runs as another user.
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        var process = Process.Start(new ProcessStartInfo("runuser", ["-u", "postgres", "--", Binary, "-q", configuration]) { RedirectStandardError = true })!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        await Eventually.TrueAsync(() => ListensAsync(port), "the pooler listens");
        return new PgBouncer(process, folder, new NpgsqlConnectionStringBuilder(database) { Port = port }.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
