using System.Diagnostics;
using SQLitePCL;

namespace Sessions.Storage.Sqlite.Engine;

/// <summary>
/// One connection to a file, with the statements that it has prepared. Used by one thread at a time. Directly over the engine's own
/// calls: the statements of a save are few and always the same, and what a general provider adds to each of them costs as much as they do.
/// </summary>
internal sealed class SqliteConnection : IDisposable
{
    private const int BusyMilliseconds = 5000;

    private readonly sqlite3 db;

    // By reference: the texts are constants of this assembly.
    private readonly Dictionary<string, SqliteStatement> statements = new(ReferenceEqualityComparer.Instance);

    static SqliteConnection() => Batteries_V2.Init();

    private SqliteConnection(sqlite3 db) => this.db = db;

    /// <summary>How many rows the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(db);

    /// <summary>How many rows were changed since the connection was opened.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(db);

    /// <summary>The row number of the last row that was inserted.</summary>
    public long LastRow => raw.sqlite3_last_insert_rowid(db);

    /// <summary>Whether a transaction was begun that has not ended.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(db) == 0;

    /// <summary>Whether the engine opened the file for reading only, because it may not write to it.</summary>
    public bool IsReadOnly => raw.sqlite3_db_readonly(db, "main") == 1;

    /// <param name="path">The file.</param>
    /// <param name="access">Whether to write to it, and to create it.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection Open(string path, SqliteAccess access)
    {
        var flags = raw.SQLITE_OPEN_NOMUTEX | access switch
        {
            SqliteAccess.Read => raw.SQLITE_OPEN_READONLY,
            SqliteAccess.Write => raw.SQLITE_OPEN_READWRITE,
            _ => raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE,
        };
        var code = raw.sqlite3_open_v2(path, out var db, flags, null);
        var connection = new SqliteConnection(db);
        if (code != raw.SQLITE_OK)
        {
            var error = connection.Error();
            connection.Dispose();
            throw error;
        }

        raw.sqlite3_busy_timeout(db, BusyMilliseconds);
        return connection;
    }

    /// <summary>Runs statements that answer nothing.</summary>
    public void Execute(string sql)
    {
        if (raw.sqlite3_exec(db, sql) != raw.SQLITE_OK)
        {
            throw Error();
        }
    }

    /// <summary>A statement that the connection prepares once and keeps.</summary>
    /// <param name="sql">A constant.</param>
    public SqliteStatement Use(string sql)
    {
        if (!statements.TryGetValue(sql, out var statement))
        {
            Debug.Assert(string.IsInterned(sql) is not null, "A text that is made anew each time would be prepared and kept each time.");
            statement = Prepare(sql, isKept: true);
            statements.Add(sql, statement);
        }

        return statement;
    }

    /// <summary>A statement for one use.</summary>
    public SqliteStatement Prepare(string sql) => Prepare(sql, isKept: false);

    /// <summary>The first column of the first row; null if it is null or there is no row.</summary>
    public long? Scalar(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.NullableInt64(0) : null;
    }

    /// <summary>Reads what several statements ask for from one state of the file.</summary>
    public T Snapshot<T>(Func<SqliteConnection, T> read)
    {
        Use("BEGIN").Run();
        try
        {
            return read(this);
        }
        finally
        {
            if (IsInTransaction)
            {
                Use("ROLLBACK").Run();
            }
        }
    }

    /// <summary>Has a question asked every so many steps of a long statement; true interrupts it.</summary>
    public void Watch(int steps, Func<bool>? isEnough) =>
        raw.sqlite3_progress_handler(db, isEnough is null ? 0 : steps, isEnough is null ? null : _ => isEnough() ? 1 : 0, null);

    /// <summary>Leaves the write-ahead log as it is when the connection is closed, though it be the last one.</summary>
    public void KeepLogOnClose() => raw.sqlite3_db_config(db, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);

    /// <summary>What the engine says of the call that failed last.</summary>
    public SqliteException Error() => new(raw.sqlite3_extended_errcode(db), raw.sqlite3_errmsg(db).utf8_to_string());

    public void Dispose()
    {
        foreach (var statement in statements.Values)
        {
            statement.End();
        }

        statements.Clear();
        db.Dispose();
    }

    private SqliteStatement Prepare(string sql, bool isKept)
    {
        var flags = isKept ? (uint)raw.SQLITE_PREPARE_PERSISTENT : 0;
        return raw.sqlite3_prepare_v3(db, sql, flags, out var handle) == raw.SQLITE_OK
            ? new SqliteStatement(this, handle, isKept)
            : throw Error();
    }
}

/// <summary>What a connection may do with its file.</summary>
internal enum SqliteAccess
{
    /// <summary>Read what is there.</summary>
    Read,

    /// <summary>Read and write what is there.</summary>
    Write,

    /// <summary>Read, write, and create the file.</summary>
    Create,
}
