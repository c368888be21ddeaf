using System.Text;
using SQLitePCL;

namespace Sessions.Storage.Sqlite.Engine;

/// <summary>
/// A prepared statement. Parameters count from 1 and columns from 0. Disposing of it makes it ready for its next use, or ends it where
/// its connection does not keep it. Not thread-safe, like its connection.
/// </summary>
internal sealed class SqliteStatement(SqliteConnection connection, sqlite3_stmt handle, bool isKept) : IDisposable
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public SqliteStatement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, long? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(handle, parameter, number) : raw.sqlite3_bind_null(handle, parameter));
        return this;
    }

    public SqliteStatement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(handle, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, byte[]? value)
    {
        Check(value is null ? raw.sqlite3_bind_null(handle, parameter) : raw.sqlite3_bind_blob(handle, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, string? value) => BindText(parameter, value is null ? null : Strict.GetBytes(value));

    /// <summary>Binds a text that is in UTF-8 already.</summary>
    public SqliteStatement BindText(int parameter, byte[]? utf8)
    {
        Check(utf8 is null ? raw.sqlite3_bind_null(handle, parameter) : raw.sqlite3_bind_text(handle, parameter, utf8));
        return this;
    }

    /// <summary>True if there is a row, false at the end.</summary>
    public bool Step() => raw.sqlite3_step(handle) switch
    {
        raw.SQLITE_ROW => true,
        raw.SQLITE_DONE => false,
        _ => throw connection.Error(),
    };

    /// <summary>Runs a statement that gives no rows, and makes it ready for its next use.</summary>
    /// <returns>How many rows it inserted, changed or deleted.</returns>
    public int Run()
    {
        try
        {
            while (Step())
            {
                // What a pragma answers is not asked for.
            }

            return connection.Changes;
        }
        finally
        {
            // Also after an error: a statement that is still running cannot be bound anew.
            Reset();
        }
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public long? NullableInt64(int column) => IsNull(column) ? null : Int64(column);

    /// <summary>The column's bytes, which hold until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? NullableText(int column) => IsNull(column) ? null : Text(column);

    /// <summary>Ends a run, so that the statement holds no lock and can be bound anew.</summary>
    public void Reset() => raw.sqlite3_reset(handle);

    public void Dispose()
    {
        if (isKept)
        {
            Reset();
        }
        else
        {
            handle.Dispose();
        }
    }

    /// <summary>Ends a statement that its connection kept.</summary>
    internal void End() => handle.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw connection.Error();
        }
    }
}
