using System.Text.Json;
using Sessions.Core;
using Sessions.Core.Stored;
using Sessions.Storage.Sqlite.Engine;

namespace Sessions.Storage.Sqlite.Rows;

/// <summary>Reads records from rows of sessions.</summary>
internal static class SessionRow
{
    /// <summary>The columns to ask for, in this order.</summary>
    public const string Columns = "body, data_version, data_bytes";

    /// <param name="row">The row.</param>
    /// <param name="first">Where in it the columns begin.</param>
    /// <exception cref="JsonException">The body is no record.</exception>
    public static SessionRecord Read(SqliteStatement row, int first)
    {
        var record = StoredRecord.Read(row.Bytes(first));

        // What the data takes is changed beside the record.
        return row.Int64(first + 1) > 0 ? record with { Usage = record.Usage with { DataBytes = row.Int64(first + 2) } } : record;
    }
}
