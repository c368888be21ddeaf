using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Reading;
using Sessions.Storage.Postgres.Saving;
using Sessions.Storage.Postgres.Server;
using static Sessions.Storage.Postgres.SqlValues;

namespace Sessions.Storage.Postgres.Due;

/// <summary>
/// Due sessions in PostgreSQL. Rows are only ever taken where nobody holds them, and counters after the rows, as in every save: so no
/// two can block each other.
/// </summary>
internal sealed partial class PostgresDueSessions(StoreDatabase database) : IDueSessions
{
    private const int MaxSweepAttempts = 4;

    private readonly ILogger logger = database.Loggers.CreateLogger<PostgresDueSessions>();

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
        SessionNamespace? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.QueryAsync(
            DueStatements.Namespaces,
            [Text(after?.ToString() ?? ""), Limit(limit)],
            row => new DueNamespace(SessionNamespace.Parse(row.GetString(0)), row.GetFieldValue<DateTimeOffset>(1)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<DueBatch> TakeDueAsync(
        DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken)
    {
        StoreArguments.CheckDue(question, judge);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TakeOnceAsync(question, judge, cancellationToken);
            }
            catch (PostgresException e) when (WriteFailures.Classify(e) == WriteFailure.Disturbed && attempt < MaxSweepAttempts)
            {
                LogSweepDisturbed(e, attempt);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
            {
                FormerPrimary.LeaveIfItWas(database.DataSource, e);
                throw new StoreUnavailableException($"The database could not sweep: {e.Message}", e);
            }
            catch (PostgresException e) when (WriteFailures.Classify(e) == WriteFailure.Refused && attempt < MaxSweepAttempts)
            {
                // Something of it cannot be written. Left to their grains, each on its own, it harms itself only; tried again
                // as it is, it would keep everything behind it from being swept.
                LogSweepRefused(e);
                judge = _ => DueAnswer.Wake(question.Now + question.Claim);
            }
            catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
            {
                throw new StoreUnavailableException($"The database could not sweep: {e.Message}", e);
            }
        }
    }

    private async Task<DueBatch> TakeOnceAsync(
        DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (taken, sessions, unreadable) = await LockAsync(connection, question, cancellationToken);
        var saves = new List<PendingSave>();
        var saved = ImmutableArray.CreateBuilder<SessionSave>();
        var toWake = ImmutableArray.CreateBuilder<SessionId>();
        var later = new List<(string Id, DateTime? DueAt)>();
        var gone = new List<SessionRecord>();
        foreach (var record in sessions)
        {
            var answer = judge(record);
            if (answer.Save is { } save)
            {
                StoreArguments.CheckSave(save);
                saves.Add(new PendingSave(SaveRow.Of(save)));
                saved.Add(save);
            }
            else if (answer.Deletes)
            {
                gone.Add(record);
            }
            else
            {
                later.Add((record.Id.ToString(), DueTime.Stored(answer.DueAt)?.UtcDateTime));
                if (answer.Wakes)
                {
                    toWake.Add(record.Id);
                }
            }
        }

        var putOff = later.Count - toWake.Count;
        later.AddRange(unreadable.Select(id => (id.ToString(), DueTime.Stored(question.Now + question.Claim)?.UtcDateTime)));
        await SaveTakenAsync(connection, saves, database.Limits);
        if (later.Count > 0)
        {
            await RunAsync(
                connection,
                DueStatements.PutOff,
                Texts([.. later.Select(one => one.Id)]),
                new NpgsqlParameter<DateTime?[]>
                {
                    TypedValue = [.. later.Select(one => one.DueAt)],
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
                });
        }

        if (gone.Count > 0)
        {
            await RunAsync(
                connection,
                DueStatements.Delete,
                Texts([.. gone.Select(record => record.Id.ToString())]),
                Texts([.. gone.Where(record => record.HasData).Select(record => DataSpaces.Of(record).Text)]));
        }

        await CommitAsync(transaction);
        return new DueBatch
        {
            Taken = taken,
            Saves = saved.ToImmutable(),
            ToWake = toWake.ToImmutable(),
            PutOff = putOff,
            Deleted = gone.Count,
            Unreadable = unreadable,
            SinceOthers = database.Saving.SinceLast(),
        };
    }

    private static async Task<(ImmutableDictionary<SessionNamespace, int> Taken, List<SessionRecord> Sessions, ImmutableArray<SessionId> Unreadable)>
        LockAsync(NpgsqlConnection connection, DueQuestion question, CancellationToken cancellationToken)
    {
        var rows = new List<(SessionId Id, StoredRow Row)>();
        var taken = new Dictionary<string, int>(StringComparer.Ordinal);
        await using (var command = new NpgsqlCommand(DueStatements.Take, connection))
        {
            command.Parameters.Add(Texts([.. question.Namespaces.Select(name => name.ToString())]));
            command.Parameters.Add(Instant(question.Now));
            command.Parameters.Add(Limit(question.Share));
            await command.PrepareAsync(cancellationToken);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add((SessionId.Parse(reader.GetString(0)), StoredRow.Of(reader, 2)));
                var name = reader.GetString(1);
                taken[name] = taken.GetValueOrDefault(name) + 1;
            }
        }

        var sessions = new List<SessionRecord>(rows.Count);
        var unreadable = ImmutableArray.CreateBuilder<SessionId>();
        foreach (var (id, row) in rows)
        {
            try
            {
                sessions.Add(row.Record);
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                unreadable.Add(id);
            }
        }

        return (
            taken.ToImmutableDictionary(one => SessionNamespace.Parse(one.Key), one => one.Value), sessions, unreadable.ToImmutable());
    }

    /// <summary>Writes what the sessions become, by the statement that writes every save.</summary>
    private static async Task SaveTakenAsync(NpgsqlConnection connection, List<PendingSave> saves, KnownLimits limits)
    {
        ArraySegment<PendingSave> rest = saves.ToArray();
        while (rest.Count > 0)
        {
            var parts = SaveStatement.PartsFor(rest, limits);
            await using var command = SaveStatement.CreateCommand(connection, parts);
            await command.PrepareAsync(CancellationToken.None);
            rest = await SaveStatement.ExecuteAsync(command, parts, rest, limits);
        }

        // The rows are locked, and none was made live: whatever was not written is another program's doing, and nothing may be half done.
        if (saves.Find(save => !save.IsSaved) is { } lost)
        {
            throw new StoreUnavailableException($"Session {lost.Id} was not written, although nobody else could have changed it.");
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.PrepareAsync(CancellationToken.None);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static async Task CommitAsync(NpgsqlTransaction transaction)
    {
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException && WriteFailures.Classify(e) == WriteFailure.Unknown)
        {
            throw new StoreOutcomeUnknownException($"Whether a sweep was committed is not known: {e.Message}", e);
        }
    }
}
