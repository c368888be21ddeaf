using Microsoft.Extensions.Logging;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Files;
using Sessions.Storage.Sqlite.Writing;

namespace Sessions.Storage.Sqlite;

/// <summary>One SQLite file with sessions: its lock, its writer and its readers. The ports of the store work over it.</summary>
internal sealed partial class SqliteDatabase : IAsyncDisposable, IDisposable
{
    private readonly SqliteStoreOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly StoreFile file;
    private readonly SemaphoreSlim opening = new(1, 1);
    private Parts? parts;
    private bool disposed;

    /// <summary>Takes what the store needs; nothing is opened yet.</summary>
    /// <param name="options">Which file, and how to write it.</param>
    /// <param name="clock">The machine's clock: times the batches, and says when an operation was written last.</param>
    /// <param name="logger">Told what went wrong.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public SqliteDatabase(SqliteStoreOptions options, TimeProvider clock, ILogger<SqliteDatabase> logger)
        : this(options, clock, logger, Migrations.All)
    {
    }

    internal SqliteDatabase(SqliteStoreOptions options, TimeProvider clock, ILogger logger, IReadOnlyList<Migration> migrations)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(logger);
        options.Validate();
        (this.options, this.clock, this.logger) = (options, clock, logger);
        file = new StoreFile(options, migrations, clock);
        Storage = CreateStorage();
    }

    /// <summary>The file.</summary>
    public string Path => file.Path;

    /// <summary>The store's ports.</summary>
    public SessionStorage Storage { get; }

    /// <summary>Made for every connection that writes; tests let it fail.</summary>
    internal Func<SqliteConnection, WriteSession> NewSession { get; init; } = connection => new WriteSession(connection);

    /// <summary>How many writes wait for a batch.</summary>
    internal int WaitingWrites => Opened.Writer.Waiting;

    internal TimeProvider Clock => clock;

    internal ILogger Logger => logger;

    internal SaveActivity Saving => field ??= new SaveActivity(clock);

    private Parts Opened => Volatile.Read(ref parts) ?? throw new StoreUnavailableException($"{Path} is not open.");

    /// <summary>Opens the file, and brings its schema up to date. Does nothing if it is open.</summary>
    /// <exception cref="StoreFileException">The file cannot be used; it was left as it is.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await opening.WaitAsync(cancellationToken);
        try
        {
            if (parts is null)
            {
                ObjectDisposedException.ThrowIf(disposed, this);

                // Looking through the file takes a while, and a scheduler of grains must not wait for it.
                Volatile.Write(ref parts, await Task.Run(Open, CancellationToken.None));
            }
        }
        finally
        {
            opening.Release();
        }
    }

    /// <summary>Refuses the writes that wait, finishes those on their way, and gives the file back.</summary>
    public async ValueTask DisposeAsync()
    {
        await opening.WaitAsync();
        try
        {
            disposed = true;
            if (Interlocked.Exchange(ref parts, null) is { } open)
            {
                // The readers first: the last connection to close takes the log into the file.
                await open.Readers.DisposeAsync();
                await open.Writer.DisposeAsync();
                open.Owner.Dispose();
            }
        }
        finally
        {
            opening.Release();
        }
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Ports that look at so much of the file for one question.</summary>
    internal SessionStorage CreateStorage(int? scan = null)
    {
        var search = scan is { } most ? new SqliteSessionSearch(this) { PageScan = most, CountScan = most } : new SqliteSessionSearch(this);
        var log = scan is { } many ? new SqliteEventLog(this) { LogScan = many } : new SqliteEventLog(this);
        return new SessionStorage(
            new SqliteSessionStore(this),
            new SqliteDueSessions(this),
            log,
            search,
            new SqliteSessionDataStore(this),
            new SqlitePolicyStore(this),
            new SqliteOperationStore(this));
    }

    /// <inheritdoc cref="GroupCommitWriter.WriteAsync"/>
    internal ValueTask<T> WriteAsync<T>(Func<WriteSession, T> run, CancellationToken cancellationToken) =>
        Opened.Writer.WriteAsync(run, cancellationToken);

    /// <inheritdoc cref="ReaderPool.ReadAsync"/>
    internal ValueTask<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken) =>
        Opened.Readers.ReadAsync(read, cancellationToken);

    /// <summary>Reads what may take longer than a scheduler of grains should wait, on another thread and from one state of the file.</summary>
    internal async ValueTask<T> ReadMuchAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken) =>
        await Task.Run(async () => await ReadAsync(connection => connection.Snapshot(read), cancellationToken), cancellationToken);

    private Parts Open()
    {
        var (owner, applied) = file.Open();
        foreach (var migration in applied)
        {
            LogApplied(migration, Path);
        }

        GroupCommitWriter? writer = null;
        try
        {
            writer = new GroupCommitWriter(() => NewSession(file.OpenWriter()), file.Path, options, clock, logger);
            return new Parts(owner, writer, new ReaderPool(file, options.Readers));
        }
        catch (SqliteException e)
        {
            owner.Dispose();
            throw StoreErrors.Of(e, Path, "The store cannot be opened");
        }
    }

    [LoggerMessage(3211, LogLevel.Information, "Applied the migration {Migration} to {Path}.")]
    private partial void LogApplied(Migration migration, string path);

    private sealed record Parts(FileOwner Owner, GroupCommitWriter Writer, ReaderPool Readers);
}
