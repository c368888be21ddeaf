using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sessions.Core;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Statements;
using Sessions.Storage.Sqlite.Writing;

namespace Sessions.Storage.Sqlite;

/// <summary>What is due. A batch is one write among the others: nothing can change a session while it is judged.</summary>
internal sealed partial class SqliteDueSessions(SqliteDatabase database) : IDueSessions
{
    private const string ReadNamespaces =
        """
        SELECT name, due_at
        FROM (
            SELECT name, (
                SELECT due_at FROM session INDEXED BY session_due
                WHERE namespace = one.n AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
            ) AS due_at
            FROM namespace AS one WHERE name > ?1 ORDER BY name
        )
        WHERE due_at IS NOT NULL LIMIT ?2
        """;

    private const string Take =
        $"""
        SELECT n, id, {SessionRow.Columns} FROM session INDEXED BY session_due
        WHERE namespace = ?1 AND due_at IS NOT NULL AND due_at <= ?2 ORDER BY due_at LIMIT ?3
        """;

    private const string PutOff = "UPDATE session SET due_at = ?2 WHERE n = ?1";

    private readonly ILogger logger = database.Logger;

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
        SessionNamespace? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return database.ReadAsync(
            connection =>
            {
                using var rows = connection.Use(ReadNamespaces).Bind(1, after?.ToString() ?? "").Bind(2, limit);
                var found = ImmutableArray.CreateBuilder<DueNamespace>();
                while (rows.Step())
                {
                    found.Add(new DueNamespace(SessionNamespace.Parse(rows.Text(0)), Instants.OfMicros(rows.Int64(1))));
                }

                return found.ToImmutable();
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<DueBatch> TakeDueAsync(
        DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken)
    {
        StoreArguments.CheckDue(question, judge);
        DueBatch batch;
        try
        {
            batch = await database.WriteAsync(session => Sweep(session, question, judge), cancellationToken);
        }
        catch (StoreUnavailableException e) when (e is SaveMismatchException || e.InnerException is SqliteException { IsStatementError: true })
        {
            // One of them cannot be written. Left to their grains, each on its own, it harms itself only; tried again as it is, it would
            // keep everything behind it from being swept.
            LogSweepRefused(e);
            batch = await database.WriteAsync(
                session => Sweep(session, question, _ => DueAnswer.Wake(question.Now + question.Claim)), cancellationToken);
        }

        return batch with { SinceOthers = database.Saving.SinceLast() };
    }

    private static DueBatch Sweep(WriteSession session, DueQuestion question, Func<SessionRecord, DueAnswer> judge)
    {
        var taken = ImmutableDictionary.CreateBuilder<SessionNamespace, int>();
        var sessions = new List<(long N, SessionRecord Record)>();
        var unreadable = new List<(long N, SessionId Id)>();
        foreach (var name in question.Namespaces)
        {
            var before = sessions.Count + unreadable.Count;
            if (session.FindNamespace(name.ToString()) is { } number)
            {
                Read(session, number, question, sessions, unreadable);
            }

            if (sessions.Count + unreadable.Count - before is var count and > 0)
            {
                taken[name] = count;
            }
        }

        // All are judged before anything is written: rules that fail have changed nothing.
        var answers = sessions.ConvertAll(one => (one.N, one.Record.Id, Answer: judge(one.Record)));
        foreach (var (_, _, answer) in answers)
        {
            if (answer.Save is { } save)
            {
                StoreArguments.CheckSave(save);
            }
        }

        var deleted = 0;
        foreach (var (n, id, answer) in answers)
        {
            if (answer.Save is { } save)
            {
                Write(session, id, save);
            }
            else if (answer.Deletes)
            {
                DeleteStatements.Run(session, n);
                deleted++;
            }
            else
            {
                SetDue(session, n, answer.DueAt);
            }
        }

        foreach (var (n, _) in unreadable)
        {
            SetDue(session, n, question.Now + question.Claim);
        }

        return new DueBatch
        {
            Taken = taken.ToImmutable(),
            Saves = [.. answers.Select(one => one.Answer.Save).OfType<SessionSave>()],
            ToWake = [.. answers.Where(one => one.Answer.Wakes).Select(one => one.Id)],
            PutOff = answers.Count(one => one.Answer is { Save: null, Wakes: false, Deletes: false }),
            Deleted = deleted,
            Unreadable = [.. unreadable.Select(one => one.Id)],
        };
    }

    private static void Read(
        WriteSession session, long number, DueQuestion question, List<(long N, SessionRecord Record)> sessions, List<(long N, SessionId Id)> unreadable)
    {
        using var rows = session.Use(Take).Bind(1, number).Bind(2, Instants.Micros(question.Now)).Bind(3, question.Share);
        while (rows.Step())
        {
            try
            {
                sessions.Add((rows.Int64(0), SessionRow.Read(rows, 2)));
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                unreadable.Add((rows.Int64(0), SessionId.Of(rows.Bytes(1))));
            }
        }
    }

    private static void Write(WriteSession session, SessionId id, SessionSave save)
    {
        if (save.Record.Id != id || SaveStatements.Run(session, SaveRow.Of(save)) != SaveOutcome.Saved)
        {
            throw new SaveMismatchException($"A sweep could not write version {save.Record.Version} of session {save.Record.Id}.");
        }
    }

    private static void SetDue(WriteSession session, long n, DateTimeOffset? due) =>
        session.Use(PutOff).Bind(1, n).Bind(2, Instants.Micros(DueTime.Stored(due))).Run();

    [LoggerMessage(3212, LogLevel.Warning, "A sweep could not be written; its sessions are left to their grains.")]
    private partial void LogSweepRefused(Exception exception);
}
