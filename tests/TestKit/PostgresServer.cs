using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Sessions.TestKit;

/// <summary>
/// A PostgreSQL of one's own, from the binaries installed on this machine: in a fresh directory, on a free port of the loopback
/// interface, without passwords. It ends with its owner, however that ends, and leaves nothing behind.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // Stands between the test and the server. A line names a signal for the server; the end of the input, which comes when the
    // test's process dies in whatever way, stops the server and removes its files.
    private const string Guard =
        """
        trap '' INT
        home=$1; shift
        "$@" >"$home/log" 2>&1 </dev/null &
        server=$!
        if read -r signal; then
            kill -s "$signal" "$server"; wait "$server"
        else
            kill -s QUIT "$server"; wait "$server"; rm -rf "$home"
        fi
        """;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly Lazy<Task<PostgresServer>> LazyShared = new(
        // Several clusters at once have pools on it.
        () => StartAsync(new() { MaxConnections = 600 }));

    private readonly PostgresServerOptions options;
    private readonly string home;
    private Process? guard;
    private int databases;

    private PostgresServer(PostgresServerOptions options, string home) => (this.options, this.home) = (options, home);

    /// <summary>
    /// Why tests that need a server are skipped; null if they are not. On a build server (CI=true) they never are: there a
    /// missing PostgreSQL has to be seen.
    /// </summary>
    public static string? SkipReason { get; } =
        PostgresBinaries.Directory is null && Environment.GetEnvironmentVariable("CI") != "true"
            ? "No PostgreSQL is installed here (looked under /usr/lib/postgresql and in PATH)."
            : null;

    /// <summary>The server that all tests of this process share. It ends with the process.</summary>
    public static Task<PostgresServer> Shared => LazyShared.Value;

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>What the server has logged so far.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(home, "log");

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>Makes a server and waits until it answers.</summary>
    public static async Task<PostgresServer> StartAsync(PostgresServerOptions? options = null)
    {
        options ??= new();
        var bin = PostgresBinaries.Directory
            ?? throw new InvalidOperationException("No PostgreSQL is installed here (looked under /usr/lib/postgresql and in PATH).");
        var home = Directory.CreateTempSubdirectory("sessions-pg-").FullName;
        if (IsRoot)
        {
            // PostgreSQL refuses to run as root, so its usual account gets the directory.
            await RunAsync(StartInfo("chown", ["postgres", home], home));
        }

        var server = new PostgresServer(options, home);
        try
        {
            string[] initialize =
                ["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D", Path.Combine(home, "data")];
            await RunAsync(Unprivileged(Path.Combine(bin, "initdb"), initialize, home));
            await server.RestartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a server that follows another one, and waits until it answers.</summary>
    public static async Task<PostgresServer> StartStandbyAsync(PostgresServer primary)
    {
        var home = Directory.CreateTempSubdirectory("sessions-pg-").FullName;
        if (IsRoot)
        {
            await RunAsync(StartInfo("chown", ["postgres", home], home));
        }

        var standby = new PostgresServer(primary.options, home);
        try
        {
            await RunAsync(Unprivileged(
                Path.Combine(PostgresBinaries.Directory!, "pg_basebackup"),
                ["-h", "127.0.0.1", "-p", primary.Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-R", "-c", "fast", "-D", Path.Combine(home, "data")],
                home));
            await standby.RestartAsync();
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until everything that <paramref name="primary"/> has committed so far is here.</summary>
    public async Task CatchUpAsync(PostgresServer primary)
    {
        var written = await primary.CountAsync("postgres", "SELECT (pg_current_wal_lsn() - '0/0')::bigint");
        await Eventually.TrueAsync(
            async () => await CountAsync("postgres", "SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint") >= written, "the standby has everything");
    }

    /// <summary>Executes a statement that gives nothing back.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Executes a statement that gives a number.</summary>
    public async Task<long> CountAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database, pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Executes a statement that gives a text, or none.</summary>
    public async Task<string?> TextAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database, pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() as string;
    }

    /// <summary>Begins a transaction that has written, in a database of its own, and leaves it open until the connection is disposed of.</summary>
    public async Task<IAsyncDisposable> OpenTransactionAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; SELECT pg_current_xact_id()", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>How to connect to it.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref databases)}");
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE template0", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name, pooling: true);
    }

    /// <summary>Makes a copy of a database by a dump that is restored, also of one that is in use.</summary>
    /// <returns>How to connect to it.</returns>
    public async Task<string> CopyDatabaseAsync(string connectionString)
    {
        var copy = await CreateDatabaseAsync();
        var dump = Path.Combine(home, "dump-" + new NpgsqlConnectionStringBuilder(copy).Database);
        await RunAsync(Tool("pg_dump", connectionString, "-f", dump));
        await RunAsync(Tool("psql", copy, "-q", "-v", "ON_ERROR_STOP=1", "-f", dump));
        return copy;
    }

    /// <summary>Runs pgbench against a database of this server, and gives what it prints.</summary>
    public Task<string> PgbenchAsync(string connectionString, params string[] arguments) => RunAsync(Tool("pgbench", connectionString, arguments));

    /// <summary>Ends all connections and shuts down in order.</summary>
    public Task StopAsync() => SignalAsync("INT");

    /// <summary>Ends at once and in disorder, as a crash does; the next start recovers from the log.</summary>
    public Task CrashAsync() => SignalAsync("QUIT");

    /// <summary>Starts again after <see cref="StopAsync"/> or <see cref="CrashAsync"/>, on the same port.</summary>
    public async Task RestartAsync()
    {
        var choosePort = Port == 0;
        for (var attempt = 1; ; attempt++)
        {
            Port = choosePort ? LoopbackPorts.Free(1)[0] : Port;
            guard = Process.Start(Unprivileged("sh", ["-c", Guard, "guard", home, .. ServerCommand()], home))!;
            if (await BecomesReadyAsync())
            {
                return;
            }

            var log = Log;
            await SignalAsync("QUIT");

            // Somebody else may have taken the port since it was found free.
            if (attempt == 5 || !log.Contains("could not bind", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("PostgreSQL did not start:\n" + log);
            }
        }
    }

    /// <summary>Stops the server and removes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (guard is null)
        {
            Directory.Delete(home, recursive: true);
            return;
        }

        guard.StandardInput.Close();
        await guard.WaitForExitAsync();
        guard.Dispose();
        guard = null;
    }

    private ProcessStartInfo Tool(string name, string connectionString, params string[] arguments) => StartInfo(
        Path.Combine(PostgresBinaries.Directory!, name),
        [
            "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres",
            .. arguments, new NpgsqlConnectionStringBuilder(connectionString).Database!,
        ],
        home);

    private static ProcessStartInfo Unprivileged(string file, string[] arguments, string directory) =>
        IsRoot ? StartInfo("runuser", ["-u", "postgres", "--", file, .. arguments], directory) : StartInfo(file, arguments, directory);

    private static ProcessStartInfo StartInfo(string file, string[] arguments, string directory) => new(file, arguments)
    {
        WorkingDirectory = directory,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static async Task<string> RunAsync(ProcessStartInfo info)
    {
        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{info.FileName} ended with {process.ExitCode}:\n{await output}{errors}");
        }

        return await output;
    }

    private string[] ServerCommand()
    {
        var durable = options.Durable ? "on" : "off";
        return
        [
            Path.Combine(PostgresBinaries.Directory!, "postgres"),
            "-D", Path.Combine(home, "data"),
            "-k", home,
            "-p", Port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1",
            "-c", $"max_connections={options.MaxConnections}",
            "-c", "shared_buffers=128MB",
            "-c", "max_wal_size=2GB",
            "-c", $"fsync={durable}",
            "-c", $"full_page_writes={durable}",
        ];
    }

    private string ConnectionString(string database, bool pooling) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Database = database,
        Pooling = pooling,
        MaxPoolSize = 20,
        IncludeErrorDetail = true,
    }.ConnectionString;

    private async Task<bool> BecomesReadyAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < StartTimeout && !Log.Contains("FATAL:  could not", StringComparison.Ordinal))
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
                await connection.OpenAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }

        return false;
    }

    private async Task SignalAsync(string signal)
    {
        var process = guard ?? throw new InvalidOperationException("The server does not run.");
        await process.StandardInput.WriteLineAsync(signal);
        await process.StandardInput.FlushAsync();
        await process.WaitForExitAsync();
        process.Dispose();
        guard = null;
    }
}
