using System.Buffers.Binary;
using System.Globalization;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;

namespace Sessions.Storage.Sqlite.Files;

/// <summary>
/// A store's file, from the first look at it to connections that can be worked with. Nothing is written to a file before it is known to be
/// a sound store of this build or of one before it.
/// </summary>
internal sealed class StoreFile(SqliteStoreOptions options, IReadOnlyList<Migration> migrations, TimeProvider clock)
{
    /// <summary>"sess", in ASCII: tells a store from the files of other programs.</summary>
    public const int ApplicationId = 0x73657373;

    public const int PageSize = 4096;

    private const int ApplicationIdOffset = 68;
    private const int StepsBetweenLooks = 1000;

    // Pages are 4 KiB: the log is copied into the file about every 64 MiB. Ids are random, so that nearly every row of a batch touches a page of
    // its own, and the rarer the copying, the more rows share it.
    private const string WriterSettings =
        """
        PRAGMA journal_mode = wal;
        PRAGMA synchronous = full;
        PRAGMA wal_autocheckpoint = 16000;
        PRAGMA cache_size = -65536;
        PRAGMA temp_store = memory;
        """;

    private const string ReaderSettings =
        """
        PRAGMA query_only = on;
        PRAGMA cache_size = -16384;
        PRAGMA temp_store = memory;
        """;

    /// <summary>Where it is, links followed.</summary>
    public string Path { get; } = Resolve(options.Path);

    /// <summary>Takes the file for this process, and makes it one of this build.</summary>
    /// <returns>The lock, to be disposed of last; and the migrations that were applied.</returns>
    /// <exception cref="StoreUnavailableException">It cannot be used; it was left as it is.</exception>
    public (FileOwner Owner, IReadOnlyList<Migration> Applied) Open()
    {
        FileOwner? owner = null;
        try
        {
            CheckFolder();
            owner = FileOwner.Take(Path, clock);
            CheckFile();
            return (owner, File.Exists(Path) ? Update() : Create());
        }
        catch (Exception e)
        {
            owner?.Dispose();
            throw Describe(e);
        }
    }

    /// <summary>Takes the file for this process as it is: nothing is created or migrated, and a log that is there stays beside it.</summary>
    /// <returns>The lock, to be disposed of last; and a connection that reads.</returns>
    /// <exception cref="StoreUnavailableException">It cannot be used.</exception>
    public (FileOwner Owner, SqliteConnection Connection) OpenUnchanged()
    {
        FileOwner? owner = null;
        SqliteConnection? connection = null;
        try
        {
            owner = FileOwner.Take(Path, clock);
            CheckFile();
            CheckHeader();

            // A connection that may write nothing at all could not make the index of a log that a killed process has left.
            connection = SqliteConnection.Open(Path, SqliteAccess.Write);
            if (new FileInfo(Path + "-wal") is { Exists: true, Length: > 0 })
            {
                connection.KeepLogOnClose();
            }

            connection.Execute(ReaderSettings);
            if (Migrations.FindMissing(connection, Path, migrations) is [var step, ..])
            {
                throw new StoreFileException(
                    StoreFileProblem.Older,
                    Path,
                    $"{Path} does not have the migration {step} yet. Start a node of this build on it once, and stop that node.");
            }

            CheckPages(connection);
            return (owner, connection);
        }
        catch (Exception e)
        {
            connection?.Dispose();
            owner?.Dispose();
            throw Describe(e);
        }
    }

    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public SqliteConnection OpenWriter()
    {
        var connection = SqliteConnection.Open(Path, SqliteAccess.Write);
        try
        {
            connection.Execute(WriterSettings);
            if (options.MaxFileBytes is { } bytes)
            {
                connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {bytes / PageSize}"));
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public SqliteConnection OpenReader()
    {
        var connection = SqliteConnection.Open(Path, SqliteAccess.Read);
        try
        {
            connection.Execute(ReaderSettings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static string Resolve(string path)
    {
        var file = new FileInfo(System.IO.Path.GetFullPath(path));
        return file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.FullName : file.FullName;
    }

    private Exception Describe(Exception e) => e switch
    {
        SqliteException error => StoreErrors.Of(error, Path, "The store cannot be opened"),
        IOException or UnauthorizedAccessException => StoreErrors.Of(e, Path),
        _ => e,
    };

    private void CheckFolder()
    {
        var folder = Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        if (folder.Attributes.HasFlag(FileAttributes.ReadOnly))
        {
            throw StoreErrors.NotWritable(folder.FullName);
        }
    }

    /// <summary>What SQLite would overwrite without a word.</summary>
    private void CheckFile()
    {
        var (file, log) = (new FileInfo(Path), new FileInfo(Path + "-wal"));
        if (!file.Exists && log is { Exists: true, Length: > 0 })
        {
            throw StoreErrors.Damaged(Path, $"it is missing, and its write-ahead log {log.FullName} is there");
        }

        if (file is { Exists: true, Length: 0 })
        {
            throw StoreErrors.Damaged(Path, "it is empty");
        }

        if (file is { Exists: true, IsReadOnly: true })
        {
            throw StoreErrors.NotWritable(Path);
        }
    }

    /// <summary>Makes a new file beside its place and moves it there, so that a process which is killed leaves a whole one or none.</summary>
    private IReadOnlyList<Migration> Create()
    {
        var draft = Path + ".new";
        foreach (var left in (string[])[draft, draft + "-journal"])
        {
            File.Delete(left);
        }

        using (var connection = SqliteConnection.Open(draft, SqliteAccess.Create))
        {
            connection.Execute(string.Create(
                CultureInfo.InvariantCulture, $"PRAGMA page_size = {PageSize}; PRAGMA synchronous = full; PRAGMA application_id = {ApplicationId}"));
            Migrations.Apply(connection, migrations, clock);
        }

        File.Move(draft, Path);
        return migrations;
    }

    private Migration[] Update()
    {
        CheckHeader();
        using var connection = SqliteConnection.Open(Path, SqliteAccess.Write);
        connection.KeepLogOnClose();
        if (connection.IsReadOnly)
        {
            throw StoreErrors.NotWritable(Path);
        }

        var missing = Migrations.FindMissing(connection, Path, migrations);
        CheckPages(connection);
        Migrations.Apply(connection, missing, clock);
        return missing;
    }

    /// <summary>Reads the beginning of the file, without SQLite: it would take a log into a file that is not ours.</summary>
    private void CheckHeader()
    {
        Span<byte> header = stackalloc byte[ApplicationIdOffset + sizeof(int)];
        using (var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.StartsWith("SQLite format 3\0"u8))
            {
                throw StoreErrors.Damaged(Path, "it does not begin like an SQLite file");
            }
        }

        if (BinaryPrimitives.ReadInt32BigEndian(header[ApplicationIdOffset..]) != ApplicationId)
        {
            throw new StoreFileException(
                StoreFileProblem.Foreign,
                Path,
                $"{Path} is an SQLite file of another program. It was left as it is. Use another file for sessions.");
        }
    }

    /// <summary>Looks for damaged pages, for a bounded time: what lies beyond is found when it is read, and refused then.</summary>
    private void CheckPages(SqliteConnection connection)
    {
        if (options.StartCheck == TimeSpan.Zero)
        {
            return;
        }

        var start = clock.GetTimestamp();
        connection.Watch(StepsBetweenLooks, () => clock.GetElapsedTime(start) > options.StartCheck);
        try
        {
            using var check = connection.Prepare("PRAGMA quick_check(1)");
            if (check.Step() && check.Text(0) is var found && found != "ok")
            {
                throw StoreErrors.Damaged(Path, found.ReplaceLineEndings(" ").Trim().TrimEnd('.'));
            }
        }
        catch (SqliteException e) when (e.Code == SQLitePCL.raw.SQLITE_INTERRUPT)
        {
            // There was more to look at than there is time for.
        }
        finally
        {
            connection.Watch(0, null);
        }
    }
}
