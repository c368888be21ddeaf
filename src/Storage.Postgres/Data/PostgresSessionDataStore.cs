using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core.Data;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Saving;
using static Sessions.Storage.Postgres.SqlValues;

namespace Sessions.Storage.Postgres.Data;

/// <summary>The data of sessions in PostgreSQL.</summary>
internal sealed class PostgresSessionDataStore(StoreDatabase database) : ISessionDataStore
{
    /// <inheritdoc/>
    public async ValueTask<DataChange> WriteDataAsync(DataSpace space, DataWrite write, CancellationToken cancellationToken)
    {
        StoreArguments.CheckWrite(write);
        var (sent, ofId) = (false, write.TokensOfId());
        try
        {
            await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(Command(DataStatements.Lock, Text(space.Session.ToString())));
            batch.BatchCommands.Add(Command(
                DataStatements.Write,
                Text(space.Session.ToString()),
                Text(space.Text),
                Text(write.Key.ToString()),
                new NpgsqlParameter { Value = write.Value is { } value ? Bytes(value) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
                new NpgsqlParameter { Value = (object?)write.ExpectedVersion ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
                new NpgsqlParameter<Guid> { TypedValue = write.Token() },
                new NpgsqlParameter
                {
                    Value = (object?)DataHistory.Milliseconds(write.CommandId.IssuedAt) ?? DBNull.Value,
                    NpgsqlDbType = NpgsqlDbType.Bigint,
                },
                new NpgsqlParameter<long> { TypedValue = write.At.ToUnixTimeMilliseconds() },
                new NpgsqlParameter<long> { TypedValue = (long)write.Window.TotalMilliseconds },
                new NpgsqlParameter<Guid> { TypedValue = write.EarlierToken() },
                new NpgsqlParameter<Guid> { TypedValue = ofId.First },
                new NpgsqlParameter<Guid> { TypedValue = ofId.Last }));
            await batch.PrepareAsync(cancellationToken);
            sent = true;

            // Not given up in the middle: what was sent is done or not, and only the answer says which.
            await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
            await reader.NextResultAsync(CancellationToken.None);
            var change = await reader.ReadAsync(CancellationToken.None)
                ? new DataChange(
                    (DataOutcome)reader.GetInt32(0),
                    reader.GetInt64(1),
                    reader.GetInt64(2),
                    reader.GetInt64(3),
                    reader.GetInt64(4),
                    (SessionStatus)reader.GetInt16(5))
                : DataChange.NoSession;

            // The row comes before the commit, which may still fail. Only the end of the answer says that it did not.
            await reader.NextResultAsync(CancellationToken.None);
            return change;
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
        {
            throw !sent || WriteFailures.Classify(e) != WriteFailure.Unknown
                ? new StoreUnavailableException($"The database did not write: {e.Message}", e)
                : new StoreOutcomeUnknownException($"Whether the database has written is not known: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DataReading> ReadDataAsync(DataSpace space, DataKey key, CancellationToken cancellationToken)
    {
        var rows = await database.QueryAsync(
            DataStatements.Read,
            [Text(space.Session.ToString()), Text(space.Text), Text(key.ToString())],
            row => new DataReading(row.GetInt64(0), row.IsDBNull(1) ? null : new DataValue
            {
                Key = key,
                Version = row.GetInt64(1),
                Value = ImmutableCollectionsMarshal.AsImmutableArray(row.GetFieldValue<byte[]>(2)),
            }),
            cancellationToken);
        return rows is [var reading] ? reading : new DataReading(0, null);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DataEntry>> ListDataAsync(
        DataSpace space, string prefix, DataKey? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            DataStatements.List,
            [Text(space.Text), Text(prefix), Text(after?.ToString() ?? ""), Limit(limit)],
            row => new DataEntry(DataKey.Parse(row.GetString(0)), row.GetInt64(1), row.GetInt32(2)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DropDataAsync(DataSpace space, CancellationToken cancellationToken)
    {
        long gone;
        do
        {
            gone = (await database.QueryAsync(
                DataStatements.Drop,
                [Text(space.Session.ToString()), Text(space.Text)],
                row => row.GetInt64(0),
                cancellationToken))[0];
        }
        while (gone == DataStatements.DropPage);
        await database.QueryAsync(DataStatements.Forget, [Text(space.Session.ToString())], row => row.GetString(0), cancellationToken);
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static byte[] Bytes(ImmutableArray<byte> value) => ImmutableCollectionsMarshal.AsArray(value) ?? [];
}
