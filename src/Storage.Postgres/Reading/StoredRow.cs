using System.Text.Json;
using Npgsql;
using Sessions.Core;
using Sessions.Core.Stored;

namespace Sessions.Storage.Postgres.Reading;

/// <summary>What a session's row has to say of its record.</summary>
/// <param name="Body">The record as it was saved.</param>
/// <param name="DataBytes">What its data takes, which is changed beside the record; null where it never had any.</param>
internal sealed record StoredRow(string Body, long? DataBytes)
{
    /// <summary>The columns to ask for, in this order.</summary>
    public const string Columns = "body, CASE WHEN data_version > 0 THEN data_bytes END";

    /// <exception cref="JsonException">The body is no record.</exception>
    public SessionRecord Record
    {
        get
        {
            var record = StoredRecord.Read(Body);
            return DataBytes is { } bytes ? record with { Usage = record.Usage with { DataBytes = bytes } } : record;
        }
    }

    /// <param name="row">The row.</param>
    /// <param name="first">Where in it the columns begin.</param>
    public static StoredRow Of(NpgsqlDataReader row, int first) =>
        new(row.GetString(first), row.IsDBNull(first + 1) ? null : row.GetInt64(first + 1));
}
