using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Sessions.Core.Data;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Statements;

namespace Sessions.Storage.Sqlite;

/// <summary>The data of sessions.</summary>
internal sealed class SqliteSessionDataStore(SqliteDatabase database) : ISessionDataStore
{
    /// <inheritdoc/>
    public async ValueTask<DataChange> WriteDataAsync(DataSpace space, DataWrite write, CancellationToken cancellationToken)
    {
        StoreArguments.CheckWrite(write);
        return await database.WriteAsync(session => DataStatements.Write(session, space.Session, write), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DataReading> ReadDataAsync(DataSpace space, DataKey key, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            using var row = connection.Use(
                """
                SELECT s.data_version, d.version, d.value
                FROM session AS s LEFT JOIN data AS d ON d.session = s.n AND d.key = ?2 WHERE s.id = ?1
                """);
            row.Bind(1, SaveRow.IdOf(space.Session)).Bind(2, key.ToString());
            return !row.Step() ? new DataReading(0, null) : new DataReading(row.Int64(0), row.IsNull(1) ? null : new DataValue
            {
                Key = key,
                Version = row.Int64(1),
                Value = ImmutableCollectionsMarshal.AsImmutableArray(row.Bytes(2).ToArray()),
            });
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DataEntry>> ListDataAsync(
        DataSpace space, string prefix, DataKey? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadAsync(
            connection =>
            {
                // Keys order by their bytes: what begins with the prefix stands together, and ends where the first other key comes.
                using var rows = connection.Use(
                    """
                    SELECT key, version, length(value) FROM data
                    WHERE session = (SELECT n FROM session WHERE id = ?1) AND key >= ?2 AND key > ?3 ORDER BY key LIMIT ?4
                    """);
                rows.Bind(1, SaveRow.IdOf(space.Session)).Bind(2, prefix).Bind(3, after?.ToString() ?? "").Bind(4, limit);
                var entries = ImmutableArray.CreateBuilder<DataEntry>();
                while (rows.Step() && rows.Text(0) is var key && key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    entries.Add(new DataEntry(DataKey.Parse(key), rows.Int64(1), (int)rows.Int64(2)));
                }

                return entries.ToImmutable();
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DropDataAsync(DataSpace space, CancellationToken cancellationToken)
    {
        try
        {
            // Part by part, so that saves do not wait behind a large space.
            while (await database.WriteAsync(session => DataStatements.Drop(session, space.Session), cancellationToken))
            {
            }
        }
        catch (StoreOutcomeUnknownException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }
}
