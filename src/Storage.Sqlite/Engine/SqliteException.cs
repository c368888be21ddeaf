using SQLitePCL;

namespace Sessions.Storage.Sqlite.Engine;

/// <summary>An error that SQLite reported.</summary>
internal sealed class SqliteException(int extendedCode, string message) : Exception(message)
{
    private const int PrimaryMask = 0xff;

    /// <summary>The result code with its details, such as SQLITE_IOERR_FSYNC.</summary>
    public int ExtendedCode => extendedCode;

    /// <summary>The result code without details, such as SQLITE_IOERR.</summary>
    public int Code => extendedCode & PrimaryMask;

    /// <summary>Whether only the statement failed: its transaction stands as it did before, and can go on.</summary>
    public bool IsStatementError =>
        Code is raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG or raw.SQLITE_RANGE or raw.SQLITE_ERROR;

    /// <summary>Whether it proves that a commit which reported it wrote nothing.</summary>
    public bool ProvesNotCommitted =>
        Code is raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_READONLY or raw.SQLITE_CONSTRAINT;
}
