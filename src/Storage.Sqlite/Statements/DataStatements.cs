using System.Buffers.Binary;
using System.Text;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Writing;

namespace Sessions.Storage.Sqlite.Statements;

/// <summary>Writes the data of a session, judged by the session as the file has it.</summary>
internal static class DataStatements
{
    private const int DropPage = 1000;
    private const int TokenBytes = RememberedWrites.TokenBytes;
    private const int EntryBytes = RememberedWrites.EntryBytes;

    private const string FindSession =
        "SELECT n, status, data_bytes, data_version, data_limit, data_writes, data_history FROM session WHERE id = ?1";

    private const string FindValue = "SELECT version, length(value) FROM data WHERE session = ?1 AND key = ?2";

    private const string Put =
        """
        INSERT INTO data (session, key, version, value) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (session, key) DO UPDATE SET version = excluded.version, value = excluded.value
        """;

    private const string Delete = "DELETE FROM data WHERE session = ?1 AND key = ?2";

    private const string Charge =
        "UPDATE session SET data_bytes = ?2, data_version = ?3, data_writes = ?4, data_history = ?5 WHERE n = ?1";

    private const string FindKept = "SELECT version FROM data_answer WHERE session = ?1 AND token IN (?2, ?3)";

    private const string FindKeptOfId = "SELECT 1 FROM data_answer WHERE session = ?1 AND token BETWEEN ?2 AND ?3 LIMIT 1";

    private const string Keep =
        """
        INSERT INTO data_answer (session, token, version) VALUES (?1, ?2, ?3)
        ON CONFLICT (session, token) DO UPDATE SET version = excluded.version
        """;

    private const string ForgetKept = "DELETE FROM data_answer WHERE session = ?1 AND version <= ?2";

    private const string DeletePart = "DELETE FROM data WHERE n IN (SELECT n FROM data WHERE session = ?1 LIMIT ?2)";

    private const string Forget = "UPDATE session SET data_bytes = 0, data_writes = NULL, data_history = NULL WHERE n = ?1";

    public static DataChange Write(WriteSession session, SessionId id, DataWrite write)
    {
        if (Find(session, id) is not { } held)
        {
            return DataChange.NoSession;
        }

        var (token, earlier) = (write.Token().ToByteArray(bigEndian: true), write.EarlierToken().ToByteArray(bigEndian: true));
        if ((FindMade(held.Writes, token) ?? FindMade(held.Writes, earlier) ?? FindMadeBefore(session, held, write.CommandId, token, earlier)) is { } made)
        {
            return Answer(DataOutcome.Written, made, held.Version, held.Bytes);
        }

        var key = write.Key.ToString();
        var (present, presentBytes) = (0L, 0L);
        using (var value = session.Use(FindValue).Bind(1, held.N).Bind(2, key))
        {
            if (value.Step())
            {
                (present, presentBytes) = (value.Int64(0), value.Int64(1) + Encoding.UTF8.GetByteCount(key));
            }
        }

        var more = (write.Value is { } put ? put.Length + Encoding.UTF8.GetByteCount(key) : 0) - presentBytes;
        var refusal = IsReused(session, held, write) ? DataOutcome.Reused
            : AnswerRules.MayBeForgotten(held.History, write.CommandId) ? DataOutcome.TooOld
            : !DataLimits.IsOpen(held.Status) ? DataOutcome.NotOpen
            : write.ExpectedVersion is { } expected && expected != present ? DataOutcome.Conflict
            : more > 0 && held.Bytes + more > held.Limit ? DataOutcome.Full
            : (DataOutcome?)null;
        if (refusal is { } outcome)
        {
            return Answer(outcome, present, held.Version, held.Bytes);
        }

        var (version, bytes) = (held.Version + 1, held.Bytes + more);
        var step = Step(held, write);
        KeepAndForget(session, held, step);
        session.Use(Charge)
            .Bind(1, held.N).Bind(2, bytes).Bind(3, version).Bind(4, Remember(held.Writes, token, version))
            .Bind(5, RememberedWrites.WriteHistory(step.History))
            .Run();
        if (write.Value is { } content)
        {
            session.Use(Put).Bind(1, held.N).Bind(2, key).Bind(3, version).Bind(4, content.AsSpan()).Run();
        }
        else
        {
            session.Use(Delete).Bind(1, held.N).Bind(2, key).Run();
        }

        return Answer(DataOutcome.Written, version, version, bytes);

        DataChange Answer(DataOutcome what, long of, long dataVersion, long dataBytes) =>
            new(what, of, dataVersion, dataBytes, held.Limit, held.Status);
    }

    /// <summary>Deletes a part of what an ended session has; false when nothing is left, or the session has not ended.</summary>
    public static bool Drop(WriteSession session, SessionId id)
    {
        if (Find(session, id) is not { } held || !Lifecycle.IsFinal(held.Status))
        {
            return false;
        }

        if (session.Use(DeletePart).Bind(1, held.N).Bind(2, DropPage).Run() == DropPage)
        {
            return true;
        }

        if (held.Bytes != 0 || held.Writes.Length != 0)
        {
            session.Use(Forget).Bind(1, held.N).Run();
            session.Use(ForgetKept).Bind(1, held.N).Bind(2, long.MaxValue).Run();
        }

        return false;
    }

    private static Held? Find(WriteSession session, SessionId id)
    {
        using var row = session.Use(FindSession).Bind(1, SaveRow.IdOf(id));
        return !row.Step() ? null : new Held(
            row.Int64(0), (SessionStatus)row.Int64(1), row.Int64(2), row.Int64(3), row.NullableInt64(4) ?? DataLimits.Default, row.Bytes(5).ToArray(), RememberedWrites.ReadHistory(row.Bytes(6)));
    }

    private static long? FindMadeBefore(WriteSession session, Held held, CommandId command, byte[] token, byte[] earlier)
    {
        if (!AnswerRules.MayBeKept(held.History, command))
        {
            return null;
        }

        using var row = session.Use(FindKept).Bind(1, held.N).Bind(2, token).Bind(3, earlier);
        return row.Step() ? row.Int64(0) : null;
    }

    /// <summary>Whether another write under the same id is remembered.</summary>
    private static bool IsReused(WriteSession session, Held held, DataWrite write)
    {
        var (tokens, _) = RememberedWrites.Read(held.Writes);
        var (first, last) = write.TokensOfId();
        if (tokens is not null && tokens.Any(token => token >= first && token <= last))
        {
            return true;
        }

        if (!AnswerRules.MayBeKept(held.History, write.CommandId))
        {
            return false;
        }

        using var row = session.Use(FindKeptOfId)
            .Bind(1, held.N).Bind(2, first.ToByteArray(bigEndian: true)).Bind(3, last.ToByteArray(bigEndian: true));
        return row.Step();
    }

    private static DataAnswerStep Step(Held held, DataWrite write)
    {
        var (_, made) = RememberedWrites.Read(held.Writes);
        return DataAnswerStep.Of(held.History, made?.Length ?? 0, made?[0] ?? 0, held.Version, write);
    }

    private static void KeepAndForget(WriteSession session, Held held, DataAnswerStep step)
    {
        if (step.ForgottenUpTo > 0)
        {
            session.Use(ForgetKept).Bind(1, held.N).Bind(2, step.ForgottenUpTo).Run();
        }

        if (step.KeepsFirst)
        {
            session.Use(Keep)
                .Bind(1, held.N).Bind(2, held.Writes.AsSpan(0, TokenBytes)).Bind(3, BinaryPrimitives.ReadInt64BigEndian(held.Writes.AsSpan(TokenBytes)))
                .Run();
        }
    }

    private static long? FindMade(ReadOnlySpan<byte> writes, ReadOnlySpan<byte> token)
    {
        for (; writes.Length >= EntryBytes; writes = writes[EntryBytes..])
        {
            if (writes.StartsWith(token))
            {
                return BinaryPrimitives.ReadInt64BigEndian(writes[TokenBytes..]);
            }
        }

        return null;
    }

    private static byte[] Remember(ReadOnlySpan<byte> writes, ReadOnlySpan<byte> token, long version)
    {
        var kept = writes[Math.Max(0, writes.Length - (EntryBytes * (DataWrite.Remembered - 1)))..];
        var all = new byte[kept.Length + EntryBytes];
        kept.CopyTo(all);
        token.CopyTo(all.AsSpan(kept.Length));
        BinaryPrimitives.WriteInt64BigEndian(all.AsSpan(kept.Length + TokenBytes), version);
        return all;
    }

    private sealed record Held(long N, SessionStatus Status, long Bytes, long Version, long Limit, byte[] Writes, AnswerHistory? History);
}
